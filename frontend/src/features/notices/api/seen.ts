import { useMutation, useQueryClient } from '@tanstack/react-query'

import { call, type Options } from '@/api/client'
import { refresh } from '@/api/queries'

type Seen = NonNullable<Options<'/api/notifications/seen', 'post'>['body']>

/** Marks notices as seen: single ones by their `ids`, or all `up_to` one. */
export function useMarkSeen() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (seen: Seen) => call('post', '/api/notifications/seen')({ body: seen }),
    onSuccess: () => refresh(queries, ['notifications']),
  })
}
