import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { call } from '@/api/client'
import type { components } from '@/api/generated'
import { read, refresh } from '@/api/queries'

export type Goal = components['schemas']['ListedGoalOut']
export type GoalContent = components['schemas']['GoalIn']

/** Goals with the progress of their current period and the twelve periods up to it. */
export const getGoals = (archived: boolean) =>
  read('/api/goals', { query: { with: 'progress', archived: archived ? 'true' : 'false' } })

export const useGoals = (archived: boolean) => useQuery(getGoals(archived))

/** Creates a goal. `key` makes a repeat of the same form harmless. */
export const createGoal = ({ content, key }: { readonly content: GoalContent; readonly key: string }) =>
  call('post', '/api/goals')({ body: content, headers: { 'Idempotency-Key': key } })

export function useCreateGoal() {
  const queries = useQueryClient()
  return useMutation({ mutationFn: createGoal, onSuccess: () => refresh(queries, ['goals', 'progress']) })
}
