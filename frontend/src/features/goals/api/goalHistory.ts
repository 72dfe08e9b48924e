import { useQuery } from '@tanstack/react-query'

import type { components } from '@/api/generated'
import { read } from '@/api/queries'

export type GoalPeriod = components['schemas']['GoalPeriodOut']

const PERIODS = 12

/** The last periods of a goal, newest first, each with the target it had. */
export const useGoalHistory = (goalId: string) =>
  useQuery(read('/api/goals/{goal_id}/history', { path: { goal_id: goalId }, query: { limit: PERIODS } }))
