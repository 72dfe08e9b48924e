import { infiniteQueryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query'

import { call, type Answer } from '@/api/client'
import { read } from '@/api/queries'

export type Notice = Answer<'/api/notifications'>['notifications'][number]

const ON_A_PAGE = 20

/** How many notices are unread, and whether there are any at all: in quiet mode there are none. */
export const useUnread = () => useQuery(read('/api/notifications', { query: { limit: 1 } }))

/** The notices, newest first, a page at a time. */
export const useNotices = () =>
  useInfiniteQuery(
    infiniteQueryOptions({
      queryKey: ['/api/notifications', 'pages'],
      queryFn: ({ pageParam, signal }) => {
        const cursor = pageParam === null ? {} : { cursor: pageParam }
        return call('get', '/api/notifications')({ query: { limit: ON_A_PAGE, ...cursor } }, signal)
      },
      initialPageParam: startOfList(),
      getNextPageParam: (page) => page.next,
    }),
  )

function startOfList(): string | null {
  return null
}
