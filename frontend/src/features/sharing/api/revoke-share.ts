import { useMutation, useQueryClient } from '@tanstack/react-query'

import { call } from '@/api/client'

import { shares } from './shares'

/** Revokes a share. Its link cannot come back, so the list changes when the service has answered. */
export function useRevokeShare() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (shareId: string) => call('delete', '/api/shares/{share_id}')({ path: { share_id: shareId } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: shares().queryKey }),
  })
}
