import { useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

export type Share = Answer<'/api/shares'>['shares'][number]
export type ShareField = Share['fields'][number]

/** The learner's shares, also those whose link no longer works; the newest first. */
export const shares = () => read('/api/shares', {})

export const useShares = () => useQuery(shares())
