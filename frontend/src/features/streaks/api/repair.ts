import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { call } from '@/api/client'
import { read, refresh } from '@/api/queries'

/** The streak of today, with the instant up to which a run that ended can be repaired. */
export const useStreakToday = () => useQuery(read('/api/progress/streak', {}))

export function useRepair() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => call('post', '/api/me/streak-repair')({}),
    onSuccess: () => refresh(queries),
  })
}
