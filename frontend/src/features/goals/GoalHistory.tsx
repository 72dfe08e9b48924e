import { CardSkeleton } from '@/parts/cards/CardSkeleton'
import { ErrorPanel } from '@/parts/cards/ErrorPanel'
import { GoalChip } from '@/parts/GoalChip'
import { useWords } from '@/words/words'

import { useGoalHistory, type GoalPeriod } from './api/goalHistory'
import { useGoalProgress } from './api/goalProgress'
import type { Goal } from './api/goals'
import { GoalProgress } from './GoalProgress'
import styles from './goals.module.css'

/** The current period in detail, and the last ones in a table, each with the target it had. */
export function GoalHistory({ goal }: { readonly goal: Goal }) {
  const { t, format } = useWords()
  const history = useGoalHistory(goal.goal_id)
  const progress = useGoalProgress(goal.goal_id, goal.progress ?? undefined)
  if (history.data === undefined) {
    if (history.error !== null) return <ErrorPanel error={history.error} retry={() => void history.refetch()} />
    return <CardSkeleton title={goal.name} height={180} />
  }
  const amounts = ({ target_type: type, achieved_value: now, target_value: total }: GoalPeriod) => {
    const amount = (value: number) => (type === 'percentage' ? format.percent(value) : format.number(value))
    return t('goals.counts', { achieved: amount(now), target: amount(total) })
  }
  return (
    <div className={styles['history']}>
      {progress.data && !goal.archived && <GoalProgress progress={progress.data} variant="detailed" />}
      <div className={styles['scroll']} tabIndex={0} role="region" aria-label={t('goals.history', { name: goal.name })}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('goals.history.period')}</th>
              <th scope="col">{t('goals.history.reached')}</th>
              <th scope="col">{t('goals.history.status')}</th>
            </tr>
          </thead>
          <tbody>
            {history.data.periods.map((period) => (
              <tr key={period.period.start}>
                <th scope="row">
                  {period.period.start === period.period.end
                    ? format.day(period.period.start, 'short')
                    : format.days(period.period.start, period.period.end)}
                </th>
                <td>{amounts(period)}</td>
                <td>
                  <GoalChip status={period.status} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}
