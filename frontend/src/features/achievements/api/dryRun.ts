import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'

import { call } from '@/api/client'

const PATH = '/api/admin/achievements/{code}/dry-run'

/** Who would get an achievement now by its own rule. A POST that writes nothing, so it is read like a GET.
 *
 * `isFilling`: it is being given to those who earned it in the past. Apart from the others, so that the numbers are
 * read once more when that is over.
 */
export const dryRun = (code: string, isFilling: boolean) =>
  queryOptions({
    queryKey: [PATH, code, isFilling],
    queryFn: ({ signal }) => call('post', PATH)({ path: { code }, body: {} }, signal),
    staleTime: 0,
  })

/** Read again every two seconds while it is being given to those who earned it in the past. */
export function useDryRun(code: string, isFilling = false) {
  return useQuery({ ...dryRun(code, isFilling), placeholderData: keepPreviousData, refetchInterval: isFilling ? 2000 : false })
}
