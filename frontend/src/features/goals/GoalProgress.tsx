import { Bar } from '@/parts/progress/Bar'
import { KeyFigure, KeyFigures } from '@/parts/cards/KeyFigure'
import { Ring } from '@/parts/progress/Ring'
import { useWords } from '@/words/words'

import type { GoalPeriod } from './api/goalHistory'
import styles from './goals.module.css'
import { useProgressWords } from './useProgressWords'

interface Props {
  readonly progress: Omit<GoalPeriod, 'met_at' | 'revised_at'>
  readonly variant: 'circular' | 'linear' | 'detailed'
}

/** The progress of a goal in one period: a ring, a bar, or its numbers beside a ring. */
export function GoalProgress({ progress, variant }: Props) {
  const { t, format } = useWords()
  const { achieved, target, counts, remaining } = useProgressWords(progress)
  const percent = progress.percent_complete
  const tone = progress.status === 'behind' ? 'now' : 'earned'
  if (variant === 'linear') return <Bar label={counts} percent={percent} text={remaining} tone={tone} />
  // With all its decimals: rounded, 99.6% would be called reached.
  const ring = <Ring label={progress.name} percent={percent} text={format.percent(percent, 2)} tone={tone} />
  if (variant === 'circular') {
    return (
      <div className={styles['circular']}>
        {ring}
        <span className="note">{counts}</span>
      </div>
    )
  }
  return (
    <div className={styles['detailed']}>
      {ring}
      <KeyFigures>
        <KeyFigure size="small" label={t('goals.figure.reached')} value={achieved} />
        <KeyFigure size="small" label={t('goals.figure.target')} value={target} />
        <KeyFigure size="small" label={t('goals.figure.period')} value={format.days(progress.period.start, progress.period.end)} />
      </KeyFigures>
    </div>
  )
}
