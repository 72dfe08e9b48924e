import { useMutation, useQueryClient } from '@tanstack/react-query'

import { call } from '@/api/client'
import type { Part } from '@/api/paths'
import { refresh } from '@/api/queries'

const PATH = '/api/tasks/{task_id}/complete'
/** A completion is an activity too. */
const CHANGED: readonly Part[] = ['planner', 'activities', 'progress', 'history']

/** Completes a task, or with `isDone` false makes it open again and takes its activity back. */
export function useTaskCompletion() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async ({ taskId, isDone }: { taskId: string; isDone: boolean }): Promise<void> => {
      const path = { task_id: taskId }
      if (isDone) await call('post', PATH)({ path, body: {} })
      else await call('delete', PATH)({ path })
    },
    onSettled: () => refresh(queries, CHANGED),
  })
}
