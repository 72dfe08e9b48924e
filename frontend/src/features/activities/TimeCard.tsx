import type { UseQueryResult } from '@tanstack/react-query'

import { Bar } from '@/parts/progress/Bar'
import { BarChart } from '@/parts/charts/ChartFrame'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { QueryCard } from '@/parts/cards/QueryCard'
import { Why } from '@/parts/Why'
import { useWords, type Words } from '@/words/words'

import styles from './activities.module.css'
import type { Summary } from './api/summary'
import { typeName } from './kinds'

/** Time spent, by day and by type. */
export function TimeCard({ query }: { readonly query: UseQueryResult<Summary> }) {
  const words = useWords()
  const { t, said, format } = words
  return (
    <QueryCard
      title={t('activities.time')}
      query={query}
      height={420}
      isEmpty={(answer) => answer.activities === 0}
      empty={<EmptyPanel text={t('activities.time.empty')} />}
    >
      {(answer) => (
        <>
          <p className={styles['sum']}>
            <strong>{format.minutes(answer.minutes)}</strong>
            <Why figure={t('activities.time')} rows={rowsOf(answer, words)}>{t('activities.why.time')}</Why>
          </p>
          <BarChart
            title={t('activities.time')}
            range={format.days(answer.from, answer.to)}
            finding={finding(answer, words)}
            labelName={t('activities.time.day')}
            labels={answer.trend.map(({ day }) => format.day(day, 'short'))}
            series={[{ key: 'minutes', label: t('activities.time.series'), values: answer.trend.map(({ minutes }) => minutes), colour: 1 }]}
            valueText={format.minutes}
            height={200}
          />
          <h3>{t('activities.time.byType')}</h3>
          <ul className={styles['bars']}>
            {answer.by_type.map(({ object_type, activities, minutes, percent }) => (
              <li key={object_type}>
                <Bar
                  size="small"
                  label={typeName(object_type, said)}
                  percent={percent}
                  text={t('activities.time.part', { count: activities, percent: format.percent(percent, 1), minutes: format.minutes(minutes) })}
                />
              </li>
            ))}
          </ul>
        </>
      )}
    </QueryCard>
  )
}

function rowsOf({ by_type }: Summary, { said, format }: Words) {
  return by_type.map(({ object_type, minutes }) => ({ label: typeName(object_type, said), value: format.minutes(minutes) }))
}

function finding(answer: Summary, { t, format }: Words): string {
  const most = answer.trend.reduce<Summary['trend'][number] | null>((best, day) => (day.minutes > (best?.minutes ?? 0) ? day : best), null)
  if (most === null) return t('activities.time.nothing')
  return t('activities.time.most', { day: format.day(most.day), minutes: format.minutes(most.minutes) })
}
