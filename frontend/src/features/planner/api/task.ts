import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { call } from '@/api/client'
import type { components } from '@/api/generated'
import { read, refresh } from '@/api/queries'

const PATH = '/api/tasks/{task_id}'

/** One task with all its slots. */
export const task = (taskId: string) => read(PATH, { path: { task_id: taskId } })

/** Read anew when a form opens: slots are written back as a whole. */
export const useTask = (taskId: string) => useQuery({ ...task(taskId), staleTime: 0, gcTime: 0 })

export function useChangeTask() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ taskId, etag, body }: { taskId: string; etag: string; body: components['schemas']['TaskPatchIn'] }) =>
      call('patch', PATH)({ path: { task_id: taskId }, body, headers: { 'If-Match': etag } }),
    onSuccess: () => refresh(queries, ['planner']),
  })
}

export function useDeleteTask() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (taskId: string) => call('delete', PATH)({ path: { task_id: taskId } }),
    onSettled: () => refresh(queries, ['planner']),
  })
}
