import { useWords } from '@/words/words'

import type { GoalProgress } from './api/goals-progress'

/** The amounts of goals in the unit of their target: "25 min", "3 exercises". */
export function useGoalWords() {
  const { t, format } = useWords()
  const amount = (type: GoalProgress['target_type'], value: number): string => {
    if (type === 'minutes') return format.minutes(value)
    if (type === 'percentage') return format.percent(value)
    return t(`overview.unit.${type}`, { count: value })
  }
  /** "260 of 300 exercises": the unit once, where it is a count. */
  const progress = (goal: GoalProgress): string => {
    const { target_type: type, achieved_value: achieved, target_value: target } = goal
    const now = type === 'minutes' || type === 'percentage' ? amount(type, achieved) : format.number(achieved)
    return t('overview.of', { now, total: amount(type, target) })
  }
  return { amount, progress }
}
