import { useQuery } from '@tanstack/react-query'

import { read } from '@/api/queries'

/** The spaces in which the learner works. */
export const useSpaces = () => useQuery(read('/api/spaces', {}))

/** One space, by its parts and their weights. */
export const useSpaceProgress = (spaceId: string) =>
  useQuery(read('/api/spaces/{space_id}/progress', { path: { space_id: spaceId } }))
