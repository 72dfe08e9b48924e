import type { UseQueryResult } from '@tanstack/react-query'

import { Change } from '@/parts/Change'
import { KeyFigure, KeyFigures } from '@/parts/cards/KeyFigure'
import { QueryCard } from '@/parts/cards/QueryCard'
import { Why } from '@/parts/Why'
import { useWords, type Words } from '@/words/words'

import type { Dashboard } from '@/features/insight/api/dashboard'
import { nameOf } from '@/features/insight/names'

interface Figure {
  readonly key: 'scheduled' | 'focus' | 'tasks' | 'utilisation'
  readonly value: string
  /** Null: nothing to compare with. */
  readonly difference: number | null
  readonly amount: string
  readonly rows: readonly { readonly label: string; readonly value: string }[]
}

function minutes(key: 'scheduled' | 'focus', now: number, before: number, rows: Figure['rows'], { format }: Words): Figure {
  const amount = format.minutes(Math.abs(now - before))
  return { key, value: format.minutes(now), difference: now - before, amount, rows }
}

function tasks(answer: Dashboard, before: string, { t, format }: Words): Figure {
  const { completed_tasks_count: now, due_tasks_count: due, previous } = answer
  const difference = now - previous.completed_tasks_count
  const rows = [
    { label: t('insight.tasks.completed'), value: format.number(now) },
    { label: t('insight.tasks.due'), value: format.number(due) },
    { label: t('insight.tasks.dueCompleted'), value: format.number(answer.due_completed_tasks_count) },
    { label: before, value: format.number(previous.completed_tasks_count) },
  ]
  return { key: 'tasks', value: format.number(now), difference, amount: format.number(Math.abs(difference)), rows }
}

function utilisation(answer: Dashboard, before: string, { t, format }: Words): Figure {
  const now = answer.focus_time_utilization
  const then = answer.previous.focus_time_utilization
  const percent = (rate: number | null) => (rate === null ? t('insight.none') : format.percent(rate * 100))
  const difference = now === null || then === null ? null : Math.round((now - then) * 100)
  const rows = [
    { label: t('insight.focus.inside'), value: format.minutes(answer.focus_minutes) },
    { label: t('insight.focus.slots'), value: format.minutes(answer.focus_slot_minutes) },
    { label: before, value: percent(then) },
  ]
  return { key: 'utilisation', value: percent(now), difference, amount: format.number(Math.abs(difference ?? 0)), rows }
}

function figuresOf(answer: Dashboard, words: Words): readonly Figure[] {
  const { t, format } = words
  const { previous } = answer
  const before = t('insight.before', { range: format.days(previous.from, previous.to) })
  const byCategory = answer.category_distribution.map((one) => ({ label: nameOf(one, t), value: format.minutes(one.minutes) }))
  const past = (value: number) => ({ label: before, value: format.minutes(value) })
  const inSlots = [
    { label: t('insight.figure.scheduled'), value: format.minutes(answer.total_scheduled_minutes) },
    { label: t('insight.focus.inside'), value: format.minutes(answer.focus_minutes) },
    past(previous.focus_minutes),
  ]
  const scheduled = [...byCategory, past(previous.total_scheduled_minutes)]
  return [
    minutes('scheduled', answer.total_scheduled_minutes, previous.total_scheduled_minutes, scheduled, words),
    minutes('focus', answer.focus_minutes, previous.focus_minutes, inSlots, words),
    tasks(answer, before, words),
    utilisation(answer, before, words),
  ]
}

function ChangeNote({ figure: { key, difference, amount } }: { readonly figure: Figure }) {
  const { t } = useWords()
  if (difference === null) return t('insight.change.unknown')
  const way = difference === 0 ? 'same' : difference > 0 ? 'more' : 'less'
  const kind = key === 'tasks' ? 'tasks' : key === 'utilisation' ? 'points' : 'minutes'
  return <Change difference={difference} text={way === 'same' ? t('insight.change.same') : t(`insight.change.${kind}.${way}`, { amount })} />
}

/** The four figures of the period, each with its change and with what it is made of. */
export function FiguresCard({ query }: { readonly query: UseQueryResult<Dashboard> }) {
  const words = useWords()
  const { t } = words
  return (
    <QueryCard title={t('insight.figures')} query={query} height={80}>
      {(answer) => (
        <KeyFigures>
          {figuresOf(answer, words).map((figure) => {
            const label = t(`insight.figure.${figure.key}`)
            const why = <Why figure={label} rows={figure.rows}>{t(`insight.why.${figure.key}`)}</Why>
            return <KeyFigure key={figure.key} label={label} value={figure.value} why={why} note={<ChangeNote figure={figure} />} />
          })}
        </KeyFigures>
      )}
    </QueryCard>
  )
}
