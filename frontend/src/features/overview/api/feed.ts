import { useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

export type Activity = Answer<'/api/activities'>['activities'][number]

const SHOWN = 5

/** The newest activities. */
export const useFeed = () => useQuery(read('/api/activities', { query: { limit: SHOWN } }))
