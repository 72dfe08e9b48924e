// Reads as TanStack queries: the key is the path and its parameters, so a hint finds them by path alone.
import { infiniteQueryOptions, QueryClient, queryOptions, type InfiniteData, type Query, type QueryKey } from '@tanstack/react-query'

import { call, type Answer, type Options, type PathOf } from './client'
import { isReadFrom, type Part } from './paths'
import { retries, retryDelay } from './problems'

/** The query of a path: `useQuery(read('/api/goals', { query: { with: 'progress' } }))`. */
export function read<P extends PathOf<'get'>>(path: P, options: Options<P>) {
  return queryOptions<Answer<P>>({
    queryKey: [path, options],
    queryFn: ({ signal }) => call('get', path)(options, signal),
  })
}

/** The paths that answer page by page, with the cursor of the following page. */
export type PagedPath = {
  [P in PathOf<'get'>]: Answer<P> extends { next: string | null } ? P : never
}[PathOf<'get'>]

function nextOf(answer: { readonly next: string | null }): string | null {
  return answer.next
}

/** The query of a path that answers page by page: `options` are those of the page that the cursor begins.
 *
 * `name` keeps two lists of one path apart: what they are about.
 */
export function readPages<P extends PagedPath>(
  path: P,
  name: object,
  options: (cursor: string | undefined) => Options<P>,
) {
  return infiniteQueryOptions<Answer<P>, Error, InfiniteData<Answer<P>>, QueryKey, string | undefined>({
    queryKey: [path, 'pages', name],
    queryFn: ({ pageParam, signal }) => call('get', path)(options(pageParam), signal),
    initialPageParam: undefined,
    getNextPageParam: (last) => nextOf(last) ?? undefined,
  })
}

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      // The live stream says what is old; the rest is a guard against a stream that is not there.
      queries: { staleTime: 60_000, retry: retries, retryDelay, refetchOnWindowFocus: true },
      mutations: { retry: false },
    },
  })
}

/** Reads again what may have changed with these parts; all of it without any. Resolves when it is there. */
export function refresh(client: QueryClient, parts?: readonly Part[]): Promise<void> {
  const isOld = ({ queryKey: [path] }: Query) =>
    parts === undefined || (typeof path === 'string' && isReadFrom(path, parts))
  return client.invalidateQueries({ predicate: isOld })
}
