import { useQuery } from '@tanstack/react-query'

import { read } from '@/api/queries'

/** The goals that the platform makes of spaces and milestones. */
export const useCompositeGoals = () => useQuery(read('/api/composite-goals', {}))

/** One of them, by its parts and their weights. */
export const useCompositeGoalProgress = (goalId: string) =>
  useQuery(read('/api/composite-goals/{goal_id}/progress', { path: { goal_id: goalId } }))
