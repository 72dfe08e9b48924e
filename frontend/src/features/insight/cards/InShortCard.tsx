import { KeyFigure, KeyFigures } from '@/parts/cards/KeyFigure'
import type { Span } from '@/parts/cards/Card'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords } from '@/words/words'

import styles from '@/features/insight/insight.module.css'
import { nameOf } from '@/features/insight/names'
import type { Insight } from '@/features/insight/useInsight'

interface Props {
  readonly insight: Pick<Insight, 'quickStats' | 'queries'>
  readonly span?: Span
}

/** What the other cards do not say about the chosen days, and when it was read. */
export function InShortCard({ insight: { quickStats, queries }, span = 12 }: Props) {
  const { t, format } = useWords()
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const { lastUpdated } = quickStats
  return (
    <QueryCard title={t('insight.quick')} query={queries.stats} span={span} height={72}>
      {(stats) => (
        <>
          <KeyFigures>
            <KeyFigure
              size="small"
              label={t('insight.quick.top')}
              value={stats.top_category === null ? t('insight.none') : nameOf(stats.top_category, t)}
              {...(stats.top_category !== null && { note: format.minutes(stats.top_category.minutes) })}
            />
            {stats.streak_days_completed !== undefined && (
              <KeyFigure size="small" label={t('insight.quick.run')} value={t('insight.quick.days', { days: stats.streak_days_completed })} />
            )}
            <KeyFigure
              size="small"
              label={t('insight.quick.due')}
              value={t('insight.of', { part: format.number(stats.due_completed_tasks_count), whole: format.number(stats.due_tasks_count) })}
            />
          </KeyFigures>
          {lastUpdated !== null && (
            <p className={`note ${styles['updated'] ?? ''}`}>
              {t('insight.quick.updated', { time: format.time(new Date(lastUpdated).toISOString(), zone) })}
            </p>
          )}
        </>
      )}
    </QueryCard>
  )
}
