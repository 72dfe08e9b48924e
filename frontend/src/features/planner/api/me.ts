import { useQuery } from '@tanstack/react-query'

import { read } from '@/api/queries'

/** The learner's zone and local day, which decide what a day is. */
export const useMe = () => useQuery(read('/api/me', {}))
