import { useMutation, useQueryClient } from '@tanstack/react-query'

import { call } from '@/api/client'
import { refresh } from '@/api/queries'

import type { Category, CategoryIn } from './categories'

const PATH = '/api/categories/{category_id}'

export function useChangeCategory() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ category, body }: { category: Category; body: CategoryIn }) =>
      call('patch', PATH)({ path: { category_id: category.category_id }, body, headers: { 'If-Match': category.etag } }),
    onSuccess: () => refresh(queries, ['planner']),
  })
}

/** Its tasks go to the category `moveTo`, or are left without one: `uncategorised`. Goals on it are archived. */
export function useDeleteCategory() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ category, moveTo }: { category: Category; moveTo: string }) =>
      call('delete', PATH)({
        path: { category_id: category.category_id },
        query: { move_to: moveTo },
        headers: { 'If-Match': category.etag },
      }),
    onSuccess: () => refresh(queries, ['planner', 'goals']),
  })
}
