import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { call } from '@/api/client'
import type { components } from '@/api/generated'
import { read } from '@/api/queries'

const PATH = '/api/admin/outages'

export type Outage = components['schemas']['OutageOut']
export type DraftedOutage = components['schemas']['DraftedOut']

/** Outages, newest first, and how far the newest change has been carried to learners. */
export const outages = () => read(PATH, {})

/** Read again every two seconds while a change is being carried to learners. */
export function useOutages() {
  return useQuery({
    ...outages(),
    refetchInterval: ({ state }) => (state.data?.settling?.finished_at === null ? 2000 : false),
  })
}

function useRefresh() {
  const queries = useQueryClient()
  return () => queries.invalidateQueries({ queryKey: [PATH] })
}

export function useDraftOutage() {
  return useMutation({
    mutationFn: (body: components['schemas']['OutageIn']) => call('post', PATH)({ body }),
    onSuccess: useRefresh(),
  })
}

export function useActivateOutage() {
  return useMutation({
    mutationFn: (id: string) => call('post', '/api/admin/outages/{outage_id}/activate')({ path: { outage_id: id } }),
    onSuccess: useRefresh(),
  })
}

export function useWithdrawOutage() {
  return useMutation({
    mutationFn: (id: string) => call('post', '/api/admin/outages/{outage_id}/withdraw')({ path: { outage_id: id } }),
    onSuccess: useRefresh(),
  })
}
