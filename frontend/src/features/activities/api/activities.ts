import { infiniteQueryOptions, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'

import { call, type Answer, type Options } from '@/api/client'
import { refresh } from '@/api/queries'

const PATH = '/api/activities'
const A_PAGE = 20

export type Feed = Answer<typeof PATH>
export type FedActivity = Feed['activities'][number]
export type FeedQuery = Pick<NonNullable<Options<typeof PATH>['query']>, 'from' | 'to' | 'topic' | 'object_type'>

/** The feed page by page, newest day first. The cursor neither repeats nor leaves out what comes meanwhile. */
export const feed = (query: FeedQuery) =>
  infiniteQueryOptions({
    queryKey: [PATH, { query }, 'pages'],
    initialPageParam: null,
    queryFn: ({ pageParam, signal }: { pageParam: string | null; signal: AbortSignal }) =>
      call('get', PATH)({ query: { ...query, limit: A_PAGE, ...(pageParam !== null && { cursor: pageParam }) } }, signal),
    getNextPageParam: (page: Feed) => page.next,
  })

export const useFeed = (query: FeedQuery) => useInfiniteQuery(feed(query))

/** Takes back an activity of the caller's own. The answer is `queued` if the figures follow a little later. */
export function useVoidActivity() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (activity_id: string) => call('delete', '/api/activities/{activity_id}')({ path: { activity_id } }),
    onSuccess: () => refresh(queries),
  })
}
