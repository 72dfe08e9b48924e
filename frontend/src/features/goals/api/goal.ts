import { useMutation, useQueryClient } from '@tanstack/react-query'

import { call } from '@/api/client'
import { refresh } from '@/api/queries'

import type { Goal, GoalContent } from './goals'

/** Replaces a goal, if nobody has changed it since it was read (`If-Match`). */
export const updateGoal = ({ goal, content }: { readonly goal: Goal; readonly content: GoalContent }) =>
  call('put', '/api/goals/{goal_id}')({
    path: { goal_id: goal.goal_id },
    body: content,
    headers: { 'If-Match': goal.etag },
  })

/** Archives a goal: it counts nothing, and its history stays. */
export const deleteGoal = (goalId: string) => call('delete', '/api/goals/{goal_id}')({ path: { goal_id: goalId } })

export function useUpdateGoal() {
  const queries = useQueryClient()
  return useMutation({ mutationFn: updateGoal, onSuccess: () => refresh(queries, ['goals', 'progress']) })
}

export function useArchiveGoal() {
  const queries = useQueryClient()
  return useMutation({ mutationFn: deleteGoal, onSuccess: () => refresh(queries, ['goals', 'progress']) })
}
