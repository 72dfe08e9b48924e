// The last 53 weeks: a column a week, a row a weekday. Each day says its facts on its own; nothing needs hover.
import { useEffect, useRef, useState, type KeyboardEvent } from 'react'

import { dayPlus, weekPlace, type WeekStart } from '@/words/format'
import { useWords } from '@/words/words'

import styles from './calendar.module.css'
import { dayAfterKey } from './MonthCalendar'

export interface YearDay {
  readonly day: string
  readonly value: number
  /** What the day's line says: "Wednesday 11 November: 25 min, 3 exercises". */
  readonly label: string
}

interface Props {
  readonly title: string
  readonly days: readonly YearDay[]
  readonly weekStart: WeekStart
}

/** How strong a value is among the others, 0 to 4: quarters of the largest. Only for the shade. */
export function stepOf(value: number, largest: number): number {
  return value <= 0 || largest <= 0 ? 0 : Math.min(4, Math.ceil((value / largest) * 4))
}

/** Keys lead along the columns: up and down a day, to the sides a week. */
const TURNED: Readonly<Record<string, string>> = {
  ArrowUp: 'ArrowLeft', ArrowDown: 'ArrowRight', ArrowLeft: 'ArrowUp', ArrowRight: 'ArrowDown',
}

/** The name of a month above the week that its first day is in; null above the others. */
function monthAbove(week: string, monthOf: (day: string) => string): string | null {
  const last = dayPlus(week, 6)
  return Number(last.slice(8)) <= 7 ? monthOf(last) : null
}

function weeksFrom(first: string, last: string, weekStart: WeekStart): readonly string[] {
  const weeks: string[] = []
  for (let week = dayPlus(first, -weekPlace(first, weekStart)); week <= last; week = dayPlus(week, 7)) weeks.push(week)
  return weeks
}

export function YearHeatmap({ title, days, weekStart }: Props) {
  const { t, format } = useWords()
  const [wanted, setChosen] = useState<string | null>(null)
  const room = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // Where there is no room for a year, the newest weeks are shown.
    if (room.current !== null) room.current.scrollLeft = room.current.scrollWidth
  }, [])
  const last = days.at(-1)?.day
  const first = days[0]?.day
  if (first === undefined || last === undefined) return null
  const chosen = wanted ?? last
  const byDay = new Map(days.map((one) => [one.day, one]))
  const largest = Math.max(...days.map(({ value }) => value))
  const label = t('parts.year.label', { title, from: format.day(first, 'number'), to: format.day(last, 'number') })
  const weeks = weeksFrom(first, last, weekStart)
  const move = (event: KeyboardEvent<HTMLElement>) => {
    const next = dayAfterKey(TURNED[event.key] ?? event.key, chosen, weekStart)
    if (next === null) return
    event.preventDefault()
    if (!byDay.has(next)) return
    setChosen(next)
    event.currentTarget.querySelector<HTMLElement>(`[data-day="${next}"]`)?.focus()
  }
  return (
    <div>
      <div ref={room} className={styles['year']}>
        <table role="grid" className={styles['yearGrid']} aria-label={label} onKeyDown={move}>
          <Months weeks={weeks} />
          <tbody>
            {format.weekdays(weekStart).map((name, place) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {weeks.map((week) => (
                  <Cell key={week} one={byDay.get(dayPlus(week, place))} largest={largest} chosen={chosen} onChoose={setChosen} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="note" aria-live="polite">
        {byDay.get(chosen)?.label}
      </p>
      <Scale />
    </div>
  )
}

function Months({ weeks }: { readonly weeks: readonly string[] }) {
  const { format } = useWords()
  return (
    <thead aria-hidden>
      <tr>
        <td />
        {weeks.map((week) => (
          <th key={week}>{monthAbove(week, (day) => format.month(day.slice(0, 7), 'short'))}</th>
        ))}
      </tr>
    </thead>
  )
}

interface CellProps {
  readonly one: YearDay | undefined
  readonly largest: number
  readonly chosen: string
  readonly onChoose: (day: string) => void
}

function Cell({ one, largest, chosen, onChoose }: CellProps) {
  if (one === undefined) return <td />
  return (
    <td>
      <button
        type="button"
        className={styles['cell']}
        data-day={one.day}
        data-step={stepOf(one.value, largest)}
        aria-label={one.label}
        aria-pressed={one.day === chosen}
        tabIndex={one.day === chosen ? 0 : -1}
        onClick={() => onChoose(one.day)}
      />
    </td>
  )
}

function Scale() {
  const { t } = useWords()
  return (
    <div className={styles['scale']}>
      {t('parts.year.less')}
      {[0, 1, 2, 3, 4].map((step) => (
        <span key={step} className={styles['cell']} data-step={step} />
      ))}
      {t('parts.year.more')}
    </div>
  )
}
