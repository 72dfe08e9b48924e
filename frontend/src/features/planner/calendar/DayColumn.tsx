// The hours of one day: focus times as hatched bands, slots over them, overlapping ones beside each other.
import { UnstyledButton } from '@mantine/core'
import { Check } from 'lucide-react'
import { useEffect, useState, type CSSProperties } from 'react'

import { useWords } from '@/words/words'

import type { PlannedDay } from '../api/calendarDays'
import type { Category } from '../api/categories'
import { colourOf } from '../colours'
import { inLanes, PIXELS_AN_HOUR, type DayHours, type Laned } from './hours'
import styles from '../planner.module.css'
import { useDeletion } from '../tasks/useDeletion'

/** Smaller ones would not show their title. */
const SHORTEST = 30
const MINUTE = 60_000
/** Minutes that a slot needs to show its times below its title, and what its lines take in pixels. */
const ROOM_FOR_TIMES = 55
const LINE = 15.6
const PADDING = 6

interface Props {
  readonly hours: DayHours
  /** The rows that are shown, `[from, to)`. */
  readonly from: number
  readonly to: number
  readonly around: readonly PlannedDay[]
  readonly zone: string
  readonly isToday: boolean
  readonly categories: readonly Category[]
  readonly onTask: (taskId: string) => void
}

type Scheduled = PlannedDay['scheduled_slots'][number]

/** Where something stands, from the first row that is shown: style variables in minutes. */
function box(top: number, height: number, from: number): CSSProperties {
  return { '--top': top - from * 60, '--height': height }
}

export function DayColumn(props: Props) {
  const { hours, from, around, zone, isToday } = props
  const { t, format } = useWords()
  const { isHidden } = useDeletion()
  const day = format.day(hours.day)
  const touches = (slot: { starts_at: string; ends_at: string }) =>
    Date.parse(slot.starts_at) < hours.end && Date.parse(slot.ends_at) > hours.start
  const bands = around.flatMap((one) => one.focus_slots.filter(touches))
  const own = around.find((one) => one.day === hours.day)?.scheduled_slots ?? []
  const span = (slot: { starts_at: string; ends_at: string }) => {
    const [top, bottom] = [hours.place(Date.parse(slot.starts_at)), hours.place(Date.parse(slot.ends_at))]
    return { from: top, to: bottom }
  }
  const lanes = inLanes(own.filter((slot) => touches(slot) && !isHidden(slot.task_id)).map((of) => ({ of, ...span(of) })), SHORTEST)
  const between = ({ starts_at, ends_at }: { starts_at: string; ends_at: string }) => ({
    from: format.time(starts_at, zone),
    to: format.time(ends_at, zone),
  })
  return (
    <div className={styles['column']} role="group" aria-label={t('planner.column', { day })} data-today={isToday}>
      {hours.gaps.map(([top, bottom]) => (
        <span key={top} className={styles['gap']} style={box(top, bottom - top, from)} />
      ))}
      <ul className={styles['bands']}>
        {bands.map((slot) => {
          const { from: top, to: bottom } = span(slot)
          return (
            // No button: slots would cover it. The day's own button opens its focus times.
            <li key={slot.starts_at + slot.ends_at} className={styles['band']} style={box(top, bottom - top, from)}>
              <span className="sr-only">{t('planner.focus.band', between(slot))}</span>
            </li>
          )
        })}
        {lanes.map((lane) => (
          <li key={lane.of.task_id + lane.of.starts_at}>
            <Slot {...props} lane={lane} times={between(lane.of)} />
          </li>
        ))}
      </ul>
      {isToday && <NowLine hours={hours} from={from} />}
    </div>
  )
}

interface SlotProps extends Pick<Props, 'from' | 'categories' | 'onTask'> {
  readonly lane: Laned<Scheduled>
  readonly times: { readonly from: string; readonly to: string }
}

function Slot({ lane: { of, top, height, lane, lanes }, times, from, categories, onTask }: SlotProps) {
  const { t } = useWords()
  const category = categories.find(({ category_id }) => category_id === of.category_id)?.name ?? t('planner.uncategorised')
  const about = t('planner.slot.about', { ...times, category, status: t(`planner.status.${of.status}`) })
  const hasTimes = height >= ROOM_FOR_TIMES
  const lines = Math.max(1, Math.floor(((height / 60) * PIXELS_AN_HOUR - PADDING) / LINE) - (hasTimes ? 1 : 0))
  const style = { ...box(top, height, from), '--lines': lines, '--tone': colourOf(categories, of.category_id), '--lane': lane, '--lanes': lanes }
  return (
    <UnstyledButton className={styles['slot'] ?? ''} style={style} data-done={of.status === 'completed'} title={of.title} onClick={() => onTask(of.task_id)}>
      <span className={styles['slotTitle']}>
        {of.status === 'completed' && <Check size={12} aria-hidden />} {of.title}
      </span>
      <span className="sr-only">{about}</span>
      {hasTimes && (
        <span className={styles['slotTimes']} aria-hidden>
          {times.from}
          <span className={styles['slotEnd']}>–{times.to}</span>
        </span>
      )}
    </UnstyledButton>
  )
}

function NowLine({ hours, from }: { readonly hours: DayHours; readonly from: number }) {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), MINUTE)
    return () => clearInterval(timer)
  }, [])
  if (now < hours.start || now >= hours.end || hours.place(now) < from * 60) return null
  return <span className={styles['now']} style={box(hours.place(now), 0, from)} aria-hidden />
}
