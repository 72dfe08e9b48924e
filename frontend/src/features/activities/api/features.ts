import { useQuery } from '@tanstack/react-query'

import { read } from '@/api/queries'

/** What this installation offers and its limits, such as how long learners may take back. */
export const useFeatures = () => useQuery({ ...read('/api/features', {}), staleTime: Infinity })
