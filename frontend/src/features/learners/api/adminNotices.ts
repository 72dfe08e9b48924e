import { useInfiniteQuery } from '@tanstack/react-query'

import { readPages } from '@/api/queries'

/** What a learner was told, newest first. */
export const adminNotices = (learner: string) =>
  readPages('/api/notifications', { learner }, (cursor) => ({
    query: { learner_id: learner, limit: 10, ...(cursor !== undefined && { cursor }) },
  }))

export function useAdminNotices(learner: string) {
  return useInfiniteQuery({
    ...adminNotices(learner),
    select: ({ pages }) => pages.flatMap(({ notifications }) => notifications),
  })
}
