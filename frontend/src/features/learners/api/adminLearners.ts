import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'

import { readPages } from '@/api/queries'

/** Learners by id, the subject of their tokens, or the beginning of their name; all of them without a query. */
export const adminLearners = (query: string) =>
  readPages('/api/admin/learners', { query }, (cursor) => ({
    query: { limit: 25, ...(query !== '' && { query }), ...(cursor !== undefined && { cursor }) },
  }))

/** While others are searched for, those found before stay. */
export function useAdminLearners(query: string) {
  return useInfiniteQuery({
    ...adminLearners(query),
    placeholderData: keepPreviousData,
    select: ({ pages }) => pages.flatMap(({ learners }) => learners),
  })
}
