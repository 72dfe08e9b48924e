import { dayPlus, type WeekStart } from '@/words/format'
import { useWords } from '@/words/words'

import type { Week } from './api/week'
import styles from './home.module.css'

interface Props {
  readonly week: Week
  readonly weekStart: WeekStart
}

function kindOf(day: string, today: string, minutes: number): 'past' | 'today' | 'ahead' | 'none' {
  if (day > today) return 'ahead'
  if (day === today) return 'today'
  return minutes === 0 ? 'none' : 'past'
}

/** The minutes of each day of a week. Heights compare with the longest day; the numbers are said with each bar. */
export function WeekBars({ week, weekStart }: Props) {
  const { t, format } = useWords()
  const minutes = new Map(week.trend.map((day) => [day.day, day.minutes]))
  const longest = Math.max(...minutes.values(), 1)
  const letters = format.weekdays(weekStart, 'narrow')
  return (
    <ol className={styles['bars']} aria-label={t('overview.week.bars')}>
      {letters.map((letter, place) => {
        const day = dayPlus(week.from, place)
        const spent = minutes.get(day) ?? 0
        const kind = kindOf(day, week.today, spent)
        return (
          <li key={day} className={styles['dayBar']} data-today={kind === 'today'}>
            <span className={styles['barRoom']}>
              <span className={styles['barFill']} data-kind={kind} style={{ '--share': `${(spent / longest) * 100}%` }} />
            </span>
            <span aria-hidden>{letter}</span>
            <span className="sr-only">
              {kind === 'ahead'
                ? t('overview.week.ahead', { day: format.day(day) })
                : t('overview.week.day', { day: format.day(day), minutes: format.minutes(spent) })}
            </span>
          </li>
        )
      })}
    </ol>
  )
}
