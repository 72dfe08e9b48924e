import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'

import { call } from '@/api/client'
import { readPages } from '@/api/queries'

const PATH = '/api/admin/groups/{group_id}/members'

/** The members of a group. */
export const members = (group: string) =>
  readPages(PATH, { group }, (cursor) => ({
    path: { group_id: group },
    query: { limit: 50, ...(cursor !== undefined && { cursor }) },
  }))

export function useMembers(group: string) {
  return useInfiniteQuery({ ...members(group), select: ({ pages }) => pages.flatMap((page) => page.members) })
}

function useRefresh() {
  const queries = useQueryClient()
  return async () => {
    await queries.invalidateQueries({ queryKey: [PATH] })
    await queries.invalidateQueries({ queryKey: ['/api/admin/groups'] })
  }
}

export function useAddMembers(group: string) {
  return useMutation({
    mutationFn: (learners: string[]) => call('post', PATH)({ path: { group_id: group }, body: { learner_ids: learners } }),
    onSuccess: useRefresh(),
  })
}

/** `onRemoved` is told before the list is read again: then the row that asked is gone. */
export function useRemoveMember(group: string, onRemoved: () => void) {
  const refreshed = useRefresh()
  return useMutation({
    mutationFn: (learner: string) =>
      call('delete', '/api/admin/groups/{group_id}/members/{learner_id}')({
        path: { group_id: group, learner_id: learner },
      }),
    onSuccess: () => {
      onRemoved()
      return refreshed()
    },
  })
}
