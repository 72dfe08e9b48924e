import { useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

export type Peers = Extract<Answer<'/api/peers'>, { reason: unknown }>

/** How the learner compares with others who are on boards, in bands. */
export const peers = () => read('/api/peers', {})

export const usePeers = () => useQuery(peers())
