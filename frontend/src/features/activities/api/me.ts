import { useQuery } from '@tanstack/react-query'

import { read } from '@/api/queries'

/** The learner's zone and local day: times of day and the last days depend on them. */
export const useMe = () => useQuery(read('/api/me', {}))
