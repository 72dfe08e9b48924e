import { keepPreviousData, useQuery } from '@tanstack/react-query'

import type { Answer, Options } from '@/api/client'
import { read } from '@/api/queries'

export type BoardQuery = NonNullable<Options<'/api/leaderboards'>['query']>
export type Board = Extract<Answer<'/api/leaderboards'>, { metric: string }>
export type BoardEntry = Board['entries'][number]

/** The first entries of a board, or those around the learner. */
export const leaderboard = (query: BoardQuery) => read('/api/leaderboards', { query })

/** Keeps the board that was shown while another one comes. */
export const useLeaderboard = (query: BoardQuery) => useQuery({ ...leaderboard(query), placeholderData: keepPreviousData })
