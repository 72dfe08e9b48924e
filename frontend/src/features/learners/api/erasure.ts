import { useMutation } from '@tanstack/react-query'

import { call } from '@/api/client'

/** Erases the signed-in learner. `confirm` is the subject of its token. */
export const useErase = () =>
  useMutation({ mutationFn: (confirm: string) => call('delete', '/api/me')({ body: { confirm } }) })
