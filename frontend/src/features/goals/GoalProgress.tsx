import { Bar } from '@/parts/Bar'
import { KeyFigure, KeyFigures } from '@/parts/KeyFigure'
import { Ring } from '@/parts/Ring'
import { useWords } from '@/words/words'

import type { GoalPeriod } from './api/goalHistory'
import { useProgressWords } from './useProgressWords'

interface Props {
  readonly progress: Omit<GoalPeriod, 'met_at' | 'revised_at'>
  readonly variant: 'circular' | 'linear' | 'detailed'
}

/** The progress of a goal in one period: a ring, a bar, or its numbers beside a ring. */
export function GoalProgress({ progress, variant }: Props) {
  const { t, format } = useWords()
  const { counts, remaining } = useProgressWords(progress)
  const percent = progress.percent_complete
  const tone = progress.status === 'behind' ? 'now' : 'earned'
  if (variant === 'linear') return <Bar label={counts} percent={percent} text={remaining} tone={tone} />
  const ring = <Ring label={progress.name} percent={percent} text={format.percent(percent)} note={counts} />
  if (variant === 'circular') return ring
  return (
    <div>
      {ring}
      <KeyFigures>
        <KeyFigure size="small" label={t('goals.figure.reached')} value={format.number(progress.achieved_value)} />
        <KeyFigure size="small" label={t('goals.figure.target')} value={format.number(progress.target_value)} />
        <KeyFigure size="small" label={t('goals.figure.percent')} value={format.percent(percent, 2)} />
        <KeyFigure size="small" label={t('goals.figure.period')} value={format.days(progress.period.start, progress.period.end)} />
      </KeyFigures>
    </div>
  )
}
