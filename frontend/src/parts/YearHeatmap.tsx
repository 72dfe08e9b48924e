// The last 53 weeks: a column a week, a row a weekday. Each day says its facts on its own; nothing needs hover.
import { useState } from 'react'

import { dayPlus, weekPlace, type WeekStart } from '@/words/format'
import { useWords } from '@/words/words'

import styles from './calendar.module.css'

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

export function YearHeatmap({ title, days, weekStart }: Props) {
  const { t, format } = useWords()
  const [chosen, setChosen] = useState<string | null>(null)
  const first = days[0]?.day
  const last = days.at(-1)?.day
  if (first === undefined || last === undefined) return null
  const largest = Math.max(...days.map(({ value }) => value))
  const byDay = new Map(days.map((one) => [one.day, one]))
  const start = dayPlus(first, -weekPlace(first, weekStart))
  const weeks: string[] = []
  for (let week = start; week <= last; week = dayPlus(week, 7)) weeks.push(week)
  const said = byDay.get(chosen ?? last)
  const label = t('parts.year.label', { title, from: format.day(first, 'number'), to: format.day(last, 'number') })
  return (
    <div>
      <div className={styles['year']} role="region" aria-label={label} tabIndex={0}>
        <table className={styles['yearGrid']}>
          <tbody>
            {format.weekdays(weekStart).map((name, place) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {weeks.map((week) => {
                  const one = byDay.get(dayPlus(week, place))
                  return (
                    <td key={week}>
                      {one !== undefined && (
                        <button
                          type="button"
                          className={styles['cell']}
                          data-step={stepOf(one.value, largest)}
                          aria-label={one.label}
                          tabIndex={one.day === (chosen ?? last) ? 0 : -1}
                          onClick={() => setChosen(one.day)}
                        />
                      )}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="note" aria-live="polite">
        {said?.label}
      </p>
      <Scale />
    </div>
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
