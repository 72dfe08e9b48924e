import { useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

export type Recommendation = Answer<'/api/progress/recommendations'>['recommendations'][number]

/** What to do next, the most useful first. */
export const useRecommendations = () => useQuery(read('/api/progress/recommendations', {}))
