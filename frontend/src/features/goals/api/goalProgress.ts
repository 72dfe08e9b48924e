import { useQuery } from '@tanstack/react-query'

import { read } from '@/api/queries'

/** One goal in its current period. */
export const goalProgress = (goalId: string) => read('/api/goals/{goal_id}/progress', { path: { goal_id: goalId } })

export const useGoalProgress = (goalId: string) => useQuery(goalProgress(goalId))
