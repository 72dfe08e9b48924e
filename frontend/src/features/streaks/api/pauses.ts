import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { call, type Answer, type Options } from '@/api/client'
import { read, refresh } from '@/api/queries'

export type Pause = Answer<'/api/me/pauses'>['pauses'][number]
export type NewPause = NonNullable<Options<'/api/me/pauses', 'post'>['body']>

/** All pauses of the signed-in learner, and how many days are left to pause. */
export const usePauses = () => useQuery(read('/api/me/pauses', {}))

export function useAddPause() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (pause: NewPause) => call('post', '/api/me/pauses')({ body: pause }),
    onSuccess: () => refresh(queries),
  })
}

/** Ends a pause: days that have passed stay excused. */
export function useEndPause() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => call('delete', '/api/me/pauses/{pause_id}')({ path: { pause_id: id } }),
    onSuccess: () => refresh(queries),
  })
}
