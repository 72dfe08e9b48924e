import { useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

export type MasteryCurve = Answer<'/api/progress/mastery'>
export type Mastery = NonNullable<MasteryCurve['mastery']>

/** What could be expected of the learner in a topic, day by day over the last 90 days. */
export const useMasteryCurve = (topic: string) => useQuery(read('/api/progress/mastery', { query: { topic } }))
