import { NativeSelect } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import { useState } from 'react'

import { LineChart } from '@/parts/charts/ChartFrame'
import type { Series } from '@/parts/charts/types'
import { ErrorPanel } from '@/parts/cards/ErrorPanel'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords, type Words } from '@/words/words'

import type { Dashboard } from '@/features/insight/api/dashboard'
import { useDashboard } from '@/features/insight/api/dashboard'
import { MEASURES, type Measure, type useInsightAddress } from '@/features/insight/filters'
import styles from '@/features/insight/insight.module.css'
import { goalLines, sameWeekdaysBefore, valueOf } from '@/features/insight/trend'

interface Props {
  readonly query: UseQueryResult<Dashboard>
  readonly address: ReturnType<typeof useInsightAddress>
}

const COLOURS = { scheduled: 2, focus: 1, completed: 3 } as const

/** Minutes of each day; on demand one measure beside the same weekdays of the time before. */
export function TrendCard({ query, address }: Props) {
  const { t } = useWords()
  return (
    <QueryCard title={t('insight.trend')} query={query} height={360}>
      {(answer) => <Trend answer={answer} address={address} />}
    </QueryCard>
  )
}

function Trend({ answer, address: { compared, filters, set } }: { readonly answer: Dashboard } & Pick<Props, 'address'>) {
  const words = useWords()
  const { t, format } = words
  const [goalId, setGoalId] = useState<string | null>(null)
  const before = sameWeekdaysBefore(answer)
  const past = useDashboard(
    { from: before.from, to: before.to, ...(filters.category !== null && { category_id: filters.category }) },
    compared !== null,
  )
  const goals = goalLines(answer.goals ?? [])
  const goal = goalId === 'none' ? undefined : (goals.find(({ id }) => id === goalId) ?? goals[0])
  const labels = answer.trend.map(({ date }) => format.day(date, 'short'))
  const pastDays = past.data?.from === before.from ? past.data.trend : []
  const series = compared === null ? allLines(answer, t) : bothLines(answer, pastDays, compared, t)
  const range = format.days(answer.from, answer.to)
  const goalLabel = goal && t('insight.goalLine', { name: goal.name, minutes: format.minutes(goal.perDay) })
  return (
    <>
      <div className={styles['controls']}>
        <NativeSelect
          label={t('insight.compare')}
          value={compared ?? ''}
          onChange={({ currentTarget }) => set({ compare: currentTarget.value })}
          data={[{ value: '', label: t('insight.compare.off') }, ...MEASURES.map((value) => ({ value, label: t(`insight.measure.${value}`) }))]}
        />
        {goals.length > 0 && (
          <NativeSelect
            label={t('insight.goalLine.choose')}
            value={goal?.id ?? 'none'}
            onChange={({ currentTarget }) => setGoalId(currentTarget.value)}
            data={[{ value: 'none', label: t('insight.goalLine.none') }, ...goals.map(({ id, name }) => ({ value: id, label: name }))]}
          />
        )}
      </div>
      {compared !== null && past.error !== null && (
        <ErrorPanel error={past.error} text={t('insight.compare.error')} retry={() => void past.refetch()} />
      )}
      {compared !== null && past.error === null && (
        <p className="note">{t('insight.compare.range', { range: format.days(before.from, before.to), weeks: before.weeks })}</p>
      )}
      <LineChart
        title={t('insight.trend')}
        range={range}
        finding={finding(answer, compared ?? 'scheduled', words)}
        labelName={t('insight.trend.day')}
        labels={labels}
        series={series}
        valueText={format.minutes}
        height={260}
        {...(goal !== undefined && goalLabel !== undefined && { goal: { label: goalLabel, value: goal.perDay } })}
      />
    </>
  )
}

function allLines(answer: Dashboard, t: Words['t']): readonly Series[] {
  return MEASURES.map((measure) => ({
    key: measure,
    label: t(`insight.measure.${measure}`),
    values: answer.trend.map((day) => valueOf(day, measure)),
    colour: COLOURS[measure],
    isDashed: measure === 'scheduled',
  }))
}

function bothLines(answer: Dashboard, past: Dashboard['trend'], measure: Measure, t: Words['t']): readonly Series[] {
  const label = t(`insight.measure.${measure}`)
  return [
    { key: 'now', label, values: answer.trend.map((day) => valueOf(day, measure)), colour: COLOURS[measure] },
    {
      key: 'before',
      label: t('insight.compare.before', { measure: label }),
      values: answer.trend.map((_, place) => (past[place] === undefined ? null : valueOf(past[place], measure))),
      colour: 6,
      isDashed: true,
    },
  ]
}

function finding(answer: Dashboard, measure: Measure, { t, format }: Words): string {
  const most = answer.trend.reduce<Dashboard['trend'][number] | null>(
    (best, day) => (valueOf(day, measure) > (best === null ? 0 : valueOf(best, measure)) ? day : best),
    null,
  )
  if (most === null) return t(`insight.trend.nothing.${measure}`)
  return t(`insight.trend.most.${measure}`, { day: format.day(most.date), minutes: format.minutes(valueOf(most, measure)) })
}
