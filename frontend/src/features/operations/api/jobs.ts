import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { call } from '@/api/client'
import { read } from '@/api/queries'

/** The last run of each job, and what waits. Read again by itself: jobs run every few seconds. */
export const jobs = () => read('/api/admin/jobs', {})

export const useJobs = () => useQuery({ ...jobs(), refetchInterval: 15_000 })

export function useRunJob() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (job: string) => call('post', '/api/admin/jobs/{job}/run')({ path: { job } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['/api/admin/jobs'] }),
  })
}
