import { useMutation, useQueryClient } from '@tanstack/react-query'

import { call } from '@/api/client'
import type { components } from '@/api/generated'

type Schemas = components['schemas']

/** Whatever was read of learners is old after one of these. */
function useRefresh() {
  const queries = useQueryClient()
  return () =>
    queries.invalidateQueries({
      predicate: ({ queryKey: [path] }) => path !== '/api/admin/jobs' && path !== '/api/admin/kinds',
    })
}

export function useRebuild(id: string) {
  return useMutation({
    mutationFn: () => call('post', '/api/admin/learners/{learner_id}/rebuild')({ path: { learner_id: id } }),
    onSuccess: useRefresh(),
  })
}

export function useRestoreStreak(id: string) {
  return useMutation({
    mutationFn: (body: Schemas['RestorationIn']) =>
      call('post', '/api/admin/learners/{learner_id}/restore-streak')({ path: { learner_id: id }, body }),
    onSuccess: useRefresh(),
  })
}

export function useImportZones(id: string) {
  return useMutation({
    mutationFn: (body: Schemas['ZonesIn']) =>
      call('put', '/api/admin/learners/{learner_id}/zones')({ path: { learner_id: id }, body }),
    onSuccess: useRefresh(),
  })
}

export function useMerge(id: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (into: string) => call('post', '/api/admin/learners/{learner_id}/merge')({ path: { learner_id: id }, body: { into } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['/api/admin/learners'] }),
  })
}

export function useErase(id: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => call('delete', '/api/admin/learners/{learner_id}')({ path: { learner_id: id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['/api/admin/learners'] }),
  })
}
