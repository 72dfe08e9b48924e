// A month of days with their states: a grid with one tab stop (WAI-ARIA grid), whose chosen day also stands in a line.
import { ActionIcon } from '@mantine/core'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react'

import { dayPlus, monthPlus, weekPlace, type WeekStart } from '@/words/format'
import { useWords } from '@/words/words'

import styles from './calendar.module.css'
import { DayMark, Legend, type DayState } from './DayMark'

export interface CalendarDay {
  readonly day: string
  readonly state: DayState
  /** What the day is about, in a sentence. */
  readonly reason: string
}

interface Props {
  /** `2026-11`. */
  readonly month: string
  readonly days: readonly CalendarDay[]
  readonly today: string
  readonly weekStart: WeekStart
  readonly onMonth: (month: string) => void
  /** No later month than this, or earlier than that. */
  readonly lastMonth?: string
  readonly firstMonth?: string
}

/** Where a key leads from a day; null if it leads nowhere. */
export function dayAfterKey(key: string, day: string, weekStart: WeekStart): string | null {
  const place = weekPlace(day, weekStart)
  const days: Readonly<Record<string, number>> = {
    ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7, Home: -place, End: 6 - place,
  }
  const step = days[key]
  if (step !== undefined) return dayPlus(day, step)
  if (key !== 'PageUp' && key !== 'PageDown') return null
  const month = monthPlus(day.slice(0, 7), key === 'PageUp' ? -1 : 1)
  const last = dayPlus(`${monthPlus(month, 1)}-01`, -1)
  const same = `${month}-${day.slice(8)}`
  return same > last ? last : same
}

export function MonthCalendar(props: Props) {
  const { month, days, today, weekStart, onMonth, firstMonth = '0000-00', lastMonth = '9999-99' } = props
  const { format } = useWords()
  const title = useId()
  const start = today.startsWith(month) ? today : `${month}-01`
  const [wanted, setChosen] = useState(start)
  const chosen = wanted.startsWith(month) ? wanted : start
  const grid = useRef<HTMLTableElement>(null)
  const moves = useRef(false)
  useEffect(() => {
    if (!moves.current) return
    moves.current = false
    grid.current?.querySelector<HTMLElement>(`[data-day="${chosen}"]`)?.focus()
  }, [chosen, month])
  const move = (event: KeyboardEvent) => {
    const isMirrored = getComputedStyle(event.currentTarget).direction === 'rtl'
    const key = isMirrored ? (MIRRORED[event.key] ?? event.key) : event.key
    const next = dayAfterKey(key, chosen, weekStart)
    if (next === null) return
    event.preventDefault()
    const nextMonth = next.slice(0, 7)
    if (nextMonth < firstMonth || nextMonth > lastMonth) return
    moves.current = true
    setChosen(next)
    if (nextMonth !== month) onMonth(nextMonth)
  }
  const said = days.find(({ day }) => day === chosen)
  const steps = { month, onMonth, firstMonth, lastMonth }
  return (
    <div className={styles['calendar']}>
      <MonthSteps {...steps} titleId={title} />
      <table ref={grid} role="grid" aria-labelledby={title} className={styles['month']} onKeyDown={move}>
        <WeekdayHead weekStart={weekStart} />
        <tbody>
          {weeksOf(month, weekStart).map((week) => (
            <tr key={week.find((day) => day !== null)} data-ahead={week.every((day) => day === null || day > today)}>
              {week.map((day, place) => (
                // A day outside of the month has no name but its place.
                <td key={day ?? `outside-${place}`}>
                  {day !== null && <Day day={day} known={days.find((one) => one.day === day)} today={today} chosen={chosen} onChoose={setChosen} />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className={styles['said']} aria-live="polite">
        <strong>{format.day(chosen, 'short')}</strong>
        {said !== undefined && ` · ${said.reason}`}
      </p>
      <Legend />
    </div>
  )
}

const MIRRORED: Readonly<Record<string, string>> = { ArrowLeft: 'ArrowRight', ArrowRight: 'ArrowLeft' }

/** The weeks of a month, null for the days of others. */
export function weeksOf(month: string, weekStart: WeekStart): readonly (readonly (string | null)[])[] {
  const first = dayPlus(`${month}-01`, -weekPlace(`${month}-01`, weekStart))
  const weeks: (string | null)[][] = []
  for (let monday = first; monday < `${monthPlus(month, 1)}-01`; monday = dayPlus(monday, 7)) {
    weeks.push(Array.from({ length: 7 }, (_, place) => dayPlus(monday, place)).map((day) => (day.startsWith(month) ? day : null)))
  }
  return weeks
}

function WeekdayHead({ weekStart }: { readonly weekStart: WeekStart }) {
  const { format } = useWords()
  const long = format.weekdays(weekStart, 'long')
  return (
    <thead>
      <tr>
        {format.weekdays(weekStart).map((name, place) => (
          <th key={name} scope="col" abbr={long[place]}>
            {name}
          </th>
        ))}
      </tr>
    </thead>
  )
}

interface DayProps {
  readonly day: string
  readonly known: CalendarDay | undefined
  readonly today: string
  readonly chosen: string
  readonly onChoose: (day: string) => void
}

function Day({ day, known, today, chosen, onChoose }: DayProps) {
  const { t, format } = useWords()
  const state = known?.state ?? (day > today ? 'future' : 'none')
  const words = { day: format.day(day), state: t(`parts.day.${state}`), reason: known?.reason ?? '' }
  return (
    <button
      type="button"
      data-day={day}
      className={styles['day']}
      tabIndex={day === chosen ? 0 : -1}
      aria-label={t('parts.day.label', words).trim()}
      aria-current={day === today ? 'date' : undefined}
      aria-pressed={day === chosen}
      onClick={() => onChoose(day)}
    >
      <DayMark state={state} number={String(Number(day.slice(8)))} />
    </button>
  )
}

interface StepsProps {
  readonly month: string
  readonly onMonth: (month: string) => void
  readonly firstMonth: string
  readonly lastMonth: string
  readonly titleId: string
}

function MonthSteps({ month, onMonth, firstMonth, lastMonth, titleId }: StepsProps) {
  const { t, format } = useWords()
  const step = (months: number) => () => onMonth(monthPlus(month, months))
  return (
    <div className={styles['steps']}>
      <ActionIcon variant="subtle" color="gray" aria-label={t('parts.month.previous')} disabled={month <= firstMonth} onClick={step(-1)}>
        <ChevronLeft size={18} aria-hidden />
      </ActionIcon>
      <h3 id={titleId} aria-live="polite">
        {format.month(month)}
      </h3>
      <ActionIcon variant="subtle" color="gray" aria-label={t('parts.month.next')} disabled={month >= lastMonth} onClick={step(1)}>
        <ChevronRight size={18} aria-hidden />
      </ActionIcon>
    </div>
  )
}
