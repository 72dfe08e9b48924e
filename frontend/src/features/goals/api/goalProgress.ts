import { useQuery } from '@tanstack/react-query'

import { read } from '@/api/queries'

import type { GoalPeriod } from './goalHistory'

/** One goal, archived or not, in its current period. */
export const getGoalProgress = (goalId: string) =>
  read('/api/goals/{goal_id}/progress', { path: { goal_id: goalId } })

/** `known`: what a list of goals said of it, shown until the answer is there. */
export const useGoalProgress = (goalId: string, known: GoalPeriod | undefined) =>
  useQuery({ ...getGoalProgress(goalId), placeholderData: () => known })
