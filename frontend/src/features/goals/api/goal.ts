import { useMutation, useQueryClient } from '@tanstack/react-query'

import { call } from '@/api/client'
import { refresh } from '@/api/queries'

import type { Goal, GoalContent } from './goals'

/** Replaces a goal, if nobody has changed it since it was read (`If-Match`). */
export function useUpdateGoal() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ goal, content }: { goal: Goal; content: GoalContent }) =>
      call('put', '/api/goals/{goal_id}')({
        path: { goal_id: goal.goal_id },
        body: content,
        headers: { 'If-Match': goal.etag },
      }),
    onSuccess: () => refresh(queries, ['goals', 'progress']),
  })
}

/** Archives a goal: it counts nothing, and its history stays. */
export function useArchiveGoal() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (goalId: string) => call('delete', '/api/goals/{goal_id}')({ path: { goal_id: goalId } }),
    onSuccess: () => refresh(queries, ['goals', 'progress']),
  })
}
