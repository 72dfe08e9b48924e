import { useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

export type Insight = Answer<'/api/progress/insights'>['insights'][number]

/** What stands out in the last 90 days. */
export const useInsights = () => useQuery(read('/api/progress/insights', {}))
