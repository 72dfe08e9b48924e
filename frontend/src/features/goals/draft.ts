// A goal while it is being written: what each field may be, before the service is asked.
import type { Goal, GoalContent } from './api/goals'

export type TargetType = GoalContent['target_type']
export type Period = GoalContent['time_period']

export const TARGET_TYPES: readonly TargetType[] = ['minutes', 'exercises', 'task_count', 'active_days', 'points', 'percentage']
export const PERIODS: readonly Period[] = ['daily', 'weekly', 'monthly']

const BY_CATEGORY: readonly TargetType[] = ['minutes', 'percentage', 'task_count']
const BY_TOPIC: readonly TargetType[] = ['minutes', 'exercises', 'points', 'active_days']
const DAYS: Readonly<Record<Period, number>> = { daily: 1, weekly: 7, monthly: 31 }
const MOST = 1_000_000

/** Fields as typed. An empty category or topic is none. */
export interface Draft {
  readonly name: string
  readonly type: TargetType
  readonly period: Period
  readonly target: number | ''
  readonly category: string
  readonly topic: string
}

export function draftOf(goal: Goal | null): Draft {
  if (goal === null) return { name: '', type: 'minutes', period: 'weekly', target: 60, category: '', topic: '' }
  return {
    name: goal.name,
    type: goal.target_type,
    period: goal.time_period,
    target: goal.target_value,
    category: goal.category_id ?? '',
    topic: goal.topic ?? '',
  }
}

/** Whether this kind of goal may count one category alone. A goal has a category or a topic, never both. */
export const takesCategory = (draft: Draft) => BY_CATEGORY.includes(draft.type) && draft.topic.trim() === ''
export const takesTopic = (draft: Draft) => BY_TOPIC.includes(draft.type) && draft.category === ''

/** The largest target that can be met. */
export function largestTarget({ type, period }: Pick<Draft, 'type' | 'period'>): number {
  if (type === 'percentage') return 100
  return type === 'active_days' ? DAYS[period] : MOST
}

/** Whether the target can be met at all: a whole number from 1 to the largest. */
export function isPossible({ target, ...draft }: Draft): boolean {
  return target !== '' && Number.isInteger(target) && target >= 1 && target <= largestTarget(draft)
}

/** What is sent; null while something is missing. */
export function contentOf(draft: Draft): GoalContent | null {
  const name = draft.name.trim()
  if (name === '' || draft.target === '' || !isPossible(draft)) return null
  return {
    name,
    target_type: draft.type,
    time_period: draft.period,
    target_value: draft.target,
    category_id: takesCategory(draft) && draft.category !== '' ? draft.category : null,
    topic: takesTopic(draft) && draft.topic.trim() !== '' ? draft.topic.trim() : null,
  }
}
