import { infiniteQueryOptions, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'

import { call, type Answer } from '@/api/client'
import type { components } from '@/api/generated'
import { refresh } from '@/api/queries'

export type Task = components['schemas']['TaskOut']
export type TaskIn = components['schemas']['TaskIn']
export type TaskStatus = Task['status']

export interface TaskFilter {
  readonly status?: TaskStatus
  readonly category_id?: string
  /** The earliest due day first, or the newest task. */
  readonly sort: 'due_day' | 'created_at'
}

const PATH = '/api/tasks'
const A_PAGE = 10

/** Tasks page by page. */
export const tasks = (filter: TaskFilter) =>
  infiniteQueryOptions({
    queryKey: [PATH, { query: filter }, 'pages'],
    initialPageParam: null,
    queryFn: ({ pageParam, signal }: { pageParam: string | null; signal: AbortSignal }) =>
      call('get', PATH)(
        { query: { ...filter, limit: A_PAGE, ...(pageParam !== null && { cursor: pageParam }) } },
        signal,
      ),
    getNextPageParam: (page: Answer<typeof PATH>) => page.next,
  })

export const useTasks = (filter: TaskFilter, enabled = true) => useInfiniteQuery({ ...tasks(filter), enabled })

export function useCreateTask() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ body, key }: { body: TaskIn; key: string }) =>
      call('post', PATH)({ body, headers: { 'Idempotency-Key': key } }),
    onSuccess: () => refresh(queries, ['planner']),
  })
}
