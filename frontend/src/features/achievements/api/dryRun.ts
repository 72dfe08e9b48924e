import { queryOptions, useQuery } from '@tanstack/react-query'

import { call } from '@/api/client'

const PATH = '/api/admin/achievements/{code}/dry-run'

/** Who would get an achievement now by its own rule. A POST that writes nothing, so it is read like a GET. */
export const dryRun = (code: string) =>
  queryOptions({
    queryKey: [PATH, code],
    queryFn: ({ signal }) => call('post', PATH)({ path: { code }, body: {} }, signal),
  })

/** Read again every two seconds while it is being given to those who earned it in the past. */
export function useDryRun(code: string, isFilling = false) {
  return useQuery({ ...dryRun(code), refetchInterval: isFilling ? 2000 : false })
}
