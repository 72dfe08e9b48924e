import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { call } from '@/api/client'
import type { components } from '@/api/generated'
import { read, refresh } from '@/api/queries'

export type Category = components['schemas']['CategoryOut']
export type CategoryIn = components['schemas']['CategoryIn']

/** All categories, in the learner's order. */
export const categories = () => read('/api/categories', {})

export const useCategories = () => useQuery(categories())

export function useCreateCategory() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ body, key }: { body: CategoryIn; key: string }) =>
      call('post', '/api/categories')({ body, headers: { 'Idempotency-Key': key } }),
    onSuccess: () => refresh(queries, ['planner']),
  })
}
