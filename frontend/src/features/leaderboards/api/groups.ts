import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'

import { call } from '@/api/client'
import type { components } from '@/api/generated'
import { readPages } from '@/api/queries'

const PATH = '/api/admin/groups'

export type Group = components['schemas']['GroupOut']

/** Groups by name. */
export const groups = () =>
  readPages(PATH, {}, (cursor) => ({ query: { limit: 50, ...(cursor !== undefined && { cursor }) } }))

export function useGroups() {
  return useInfiniteQuery({ ...groups(), select: ({ pages }) => pages.flatMap((page) => page.groups) })
}

/** Creates a group, or renames the one with an id. */
export function useSaveGroup() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, name }: { id: string | null; name: string }) =>
      id === null
        ? call('post', PATH)({ body: { name } })
        : call('put', '/api/admin/groups/{group_id}')({ path: { group_id: id }, body: { name } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: [PATH] }),
  })
}

export function useDeleteGroup() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => call('delete', '/api/admin/groups/{group_id}')({ path: { group_id: id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: [PATH] }),
  })
}
