import { useQuery } from '@tanstack/react-query'

import { read } from '@/api/queries'

/** A task by its id; nothing is asked without one. */
export const useTask = (id: string | null) =>
  useQuery({ ...read('/api/tasks/{task_id}', { path: { task_id: id ?? '' } }), enabled: id !== null })
