import type { WeekStart } from '@/words/format'
import { useWords } from '@/words/words'

import styles from './calendar.module.css'
import { stepOf } from './YearHeatmap'

export interface HourCell {
  /** The place in the week as the installation counts it, 0 to 6. */
  readonly weekday: number
  readonly hour: number
  readonly value: number
  /** The value in words. */
  readonly text: string
}

interface Props {
  readonly title: string
  readonly cells: readonly HourCell[]
  readonly weekStart: WeekStart
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour)

/** Weekdays by hours, as a table that screen readers read cell by cell. */
export function HourGrid({ title, cells, weekStart }: Props) {
  const { t, format } = useWords()
  const largest = Math.max(0, ...cells.map(({ value }) => value))
  return (
    <div className={styles['hours']} role="region" aria-label={title} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <td />
            {HOURS.map((hour) => (
              <th key={hour} scope="col">
                {hour % 6 === 0 ? hour : <span className="sr-only">{hour}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {format.weekdays(weekStart, 'long').map((weekday, place) => (
            <tr key={weekday}>
              <th scope="row">{format.weekdays(weekStart)[place]}</th>
              {HOURS.map((hour) => {
                const cell = cells.find((one) => one.weekday === place && one.hour === hour)
                const value = cell?.text ?? format.number(0)
                return (
                  <td key={hour}>
                    <span className={styles['cell']} data-step={stepOf(cell?.value ?? 0, largest)} />
                    <span className="sr-only">{t('parts.hours.cell', { weekday, hour, value })}</span>
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
