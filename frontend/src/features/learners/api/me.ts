import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { call, type Answer, type Options } from '@/api/client'
import { read, refresh } from '@/api/queries'

export type Me = Answer<'/api/me'>
export type MeChanges = NonNullable<Options<'/api/me', 'patch'>['body']>

/** The settings of the signed-in learner. */
export const me = () => read('/api/me', {})

export const useMe = () => useQuery(me())

/** Changes settings; those left out stay. Days, quiet mode and boards change what every page shows, so all is read again. */
export function useChangeMe() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (changes: MeChanges) => call('patch', '/api/me')({ body: changes }),
    onSuccess: (answer) => {
      queries.setQueryData(me().queryKey, answer)
      return refresh(queries)
    },
  })
}
