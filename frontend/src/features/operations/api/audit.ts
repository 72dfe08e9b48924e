import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'

import { readPages } from '@/api/queries'

/** What administrators wrote, newest first; only what is about one learner if `about` names one. */
export const audit = (about: string) =>
  readPages('/api/admin/audit', { about }, (cursor) => ({
    query: { limit: 30, ...(about !== '' && { about }), ...(cursor !== undefined && { cursor }) },
  }))

export function useAudit(about: string) {
  return useInfiniteQuery({
    ...audit(about),
    placeholderData: keepPreviousData,
    select: ({ pages }) => pages.flatMap(({ entries }) => entries),
  })
}
