import { useQuery } from '@tanstack/react-query'

import { read } from '@/api/queries'

/** What the installation decides: here, on which day a week begins. */
export const useFeatures = () => useQuery(read('/api/features', {}))
