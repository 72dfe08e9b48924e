import type { UseQueryResult } from '@tanstack/react-query'

import { Bar } from '@/parts/progress/Bar'
import { BarChart } from '@/parts/charts/ChartFrame'
import { QueryCard } from '@/parts/cards/QueryCard'
import { Why } from '@/parts/Why'
import { useWords } from '@/words/words'

import type { Dashboard } from '@/features/insight/api/dashboard'
import styles from '@/features/insight/insight.module.css'

/** Completed tasks of each day, the completion rate, and the use of focus time. */
export function TasksCard({ query }: { readonly query: UseQueryResult<Dashboard> }) {
  const { t, format } = useWords()
  return (
    <QueryCard title={t('insight.tasks')} query={query} span={7} height={400}>
      {(answer) => (
        <>
          <BarChart
            title={t('insight.tasks')}
            range={format.days(answer.from, answer.to)}
            finding={t('insight.tasks.finding', { count: answer.completed_tasks_count })}
            labelName={t('insight.trend.day')}
            labels={answer.trend.map(({ date }) => format.day(date, 'short'))}
            series={[{ key: 'tasks', label: t('insight.tasks.completed'), values: answer.trend.map((day) => day.completed_tasks_count), colour: 3 }]}
            valueText={format.number}
            height={220}
          />
          <Rates answer={answer} />
        </>
      )}
    </QueryCard>
  )
}

function Rates({ answer }: { readonly answer: Dashboard }) {
  const { t, format } = useWords()
  const { completion_rate: completion, focus_time_utilization: utilisation } = answer
  const of = (part: string, whole: string, rate: number) => t('insight.rate', { part, whole, percent: format.percent(rate * 100) })
  const due = [
    { label: t('insight.tasks.dueCompleted'), value: format.number(answer.due_completed_tasks_count) },
    { label: t('insight.tasks.due'), value: format.number(answer.due_tasks_count) },
  ]
  const slots = [
    { label: t('insight.focus.inside'), value: format.minutes(answer.focus_minutes) },
    { label: t('insight.focus.slots'), value: format.minutes(answer.focus_slot_minutes) },
  ]
  const completionText = completion === null
    ? t('insight.completion.none')
    : of(format.number(answer.due_completed_tasks_count), format.number(answer.due_tasks_count), completion)
  const utilisationText = utilisation === null
    ? t('insight.utilisation.none')
    : of(format.minutes(answer.focus_minutes), format.minutes(answer.focus_slot_minutes), utilisation)
  return (
    <div className={styles['rates']}>
      <div>
        <Bar label={t('insight.completion')} percent={(completion ?? 0) * 100} text={completionText} />
        <Why figure={t('insight.completion')} rows={due}>{t('insight.why.completion')}</Why>
      </div>
      <div>
        <Bar label={t('insight.figure.utilisation')} percent={(utilisation ?? 0) * 100} text={utilisationText} />
        <Why figure={t('insight.rate.utilisation')} rows={slots}>{t('insight.why.utilisation')}</Why>
      </div>
    </div>
  )
}
