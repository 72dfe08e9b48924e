import type { UseQueryResult } from '@tanstack/react-query'

import { useStatistics, type Statistics } from '@/features/insight/api/statistics'
import { Change } from '@/parts/Change'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { KeyFigure, KeyFigures } from '@/parts/cards/KeyFigure'
import { QueryCard } from '@/parts/cards/QueryCard'
import { Why } from '@/parts/Why'
import { dayCount } from '@/words/format'
import { useWords, type Words } from '@/words/words'

import type { Summary } from './api/summary'

interface Props {
  readonly from: string
  readonly to: string
  readonly summary: UseQueryResult<Summary>
}

/** Exercises, grades, time and hints, and how regular practice is. */
export function StatisticsCard({ from, to, summary }: Props) {
  const { t } = useWords()
  const statistics = useStatistics({ from, to })
  return (
    <QueryCard
      title={t('activities.statistics')}
      query={statistics}
      height={240}
      isEmpty={(answer) => answer.exercises_completed === 0 && summary.data?.activities === 0}
      empty={<EmptyPanel text={t('activities.statistics.empty')} />}
    >
      {(answer) => (
        <KeyFigures>
          <ExerciseFigures answer={answer} />
          {summary.data !== undefined && <EngagementFigures summary={summary.data} />}
        </KeyFigures>
      )}
    </QueryCard>
  )
}

function percentChange(change: number | null | undefined, { t, format }: Pick<Words, 't' | 'format'>) {
  if (change == null) return t('activities.change.unknown')
  const percent = format.percent(Math.abs(change), 1)
  if (change === 0) return <Change difference={0} text={t('activities.change.same')} />
  return <Change difference={change} text={t(change > 0 ? 'activities.change.more' : 'activities.change.less', { percent })} />
}

function gradeChange(change: number | null | undefined, { t, format }: Pick<Words, 't' | 'format'>) {
  if (change == null) return t('activities.change.unknown')
  const points = format.number(Math.abs(change), 2)
  if (change === 0) return <Change difference={0} text={t('activities.change.same')} />
  return <Change difference={change} text={t(change > 0 ? 'activities.grade.higher' : 'activities.grade.lower', { points })} />
}

function ExerciseFigures({ answer }: { readonly answer: Statistics }) {
  const words = useWords()
  const { t, format } = words
  const outside = { topic: t('activities.outsideTopics'), ...answer.outside_topics }
  const parts = outside.exercises + outside.graded > 0 ? [...answer.by_topic, outside] : answer.by_topic
  const rows = parts.map(({ topic, exercises }) => ({ label: topic, value: format.number(exercises) }))
  const grades = parts.map(({ topic, average_grade, graded }) => ({
    label: topic,
    value: average_grade === null ? t('activities.none') : t('activities.average.of', { grade: format.number(average_grade, 2), graded }),
  }))
  const seconds = answer.average_seconds
  return (
    <>
      <KeyFigure
        label={t('activities.exercises')}
        value={format.number(answer.exercises_completed)}
        note={percentChange(answer.change?.exercises_percent, words)}
        why={<Why figure={t('activities.exercises')} rows={rows}>{t('activities.why.exercises')}</Why>}
      />
      <KeyFigure
        label={t('activities.average')}
        value={answer.average_grade === null ? t('activities.none') : format.number(answer.average_grade, 2)}
        note={gradeChange(answer.change?.average_grade, words)}
        why={<Why figure={t('activities.average')} rows={grades}>{t('activities.why.average')}</Why>}
      />
      <KeyFigure
        label={t('activities.perExercise')}
        value={seconds === null ? t('activities.none') : format.minutes(Math.floor(seconds / 60))}
        size="small"
      />
      <KeyFigure
        label={t('activities.hintsPerExercise')}
        value={answer.hints_per_exercise === null ? t('activities.none') : format.number(answer.hints_per_exercise, 2)}
        note={t('activities.hints', { count: answer.hints_used })}
        size="small"
      />
    </>
  )
}

function EngagementFigures({ summary: { engagement, activities, from, to } }: { readonly summary: Summary }) {
  const words = useWords()
  const { t, format } = words
  const perDay = [
    { label: t('activities.all'), value: format.number(activities) },
    { label: t('activities.activeDays'), value: format.number(engagement.active_days) },
  ]
  return (
    <>
      <KeyFigure
        label={t('activities.activeDays')}
        value={t('activities.activeDays.of', { active: engagement.active_days, days: dayCount(from, to) })}
        note={format.percent(engagement.active_days_percent, 1)}
        size="small"
      />
      <KeyFigure
        label={t('activities.perDay')}
        value={format.number(engagement.activities_per_active_day)}
        note={percentChange(engagement.activities_change_percent, words)}
        why={<Why figure={t('activities.perDay')} rows={perDay}>{t('activities.why.perDay')}</Why>}
        size="small"
      />
    </>
  )
}
