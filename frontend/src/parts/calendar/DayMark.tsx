// A day by its state. The state is told by fill, outline and mark; colour comes last.
import { Check, CircleDashed, Minus, Pause, Snowflake, type LucideIcon } from 'lucide-react'

import { useWords } from '@/words/words'

import styles from './calendar.module.css'

export type DayState = 'met' | 'frozen' | 'excused' | 'missed' | 'open' | 'future' | 'none'

const MARKS: Readonly<Partial<Record<DayState, LucideIcon>>> = {
  met: Check,
  frozen: Snowflake,
  excused: Pause,
  missed: Minus,
  open: CircleDashed,
}

interface Props {
  readonly state: DayState
  readonly number?: string
}

/** What a day looks like; whoever shows it gives it its name. */
export function DayMark({ state, number = '' }: Props) {
  const Mark = MARKS[state]
  return (
    <span className={styles['mark']} data-state={state} aria-hidden>
      {number}
      {Mark !== undefined && <Mark className={styles['sign']} size={12} strokeWidth={3} />}
    </span>
  )
}

const LEGEND = ['met', 'frozen', 'excused', 'missed', 'open'] as const

/** What the marks mean. Stands below every calendar. */
export function Legend() {
  const { t } = useWords()
  return (
    <ul className={styles['legend']} aria-label={t('parts.legend')}>
      {LEGEND.map((state) => (
        <li key={state}>
          <DayMark state={state} /> {t(`parts.day.${state}`)}
        </li>
      ))}
    </ul>
  )
}
