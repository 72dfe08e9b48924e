import { useMutation, useQueryClient } from '@tanstack/react-query'

import { call } from '@/api/client'
import { refresh } from '@/api/queries'

/** Marks notices as seen, by their ids. */
export function useMarkSeen() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (ids: string[]) => call('post', '/api/notifications/seen')({ body: { ids } }),
    onSuccess: () => refresh(queries, ['notifications']),
  })
}
