import { useMutation, useQueryClient } from '@tanstack/react-query'

import { call, type Options } from '@/api/client'

import { shares } from './shares'

export type NewShare = NonNullable<Options<'/api/shares', 'post'>['body']>

interface Sent {
  readonly body: NewShare
  /** The same for every attempt at one share, so that a repeat after a lost answer makes no second link. */
  readonly key: string
}

export function useCreateShare() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ body, key }: Sent) => call('post', '/api/shares')({ body, headers: { 'Idempotency-Key': key } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: shares().queryKey }),
  })
}
