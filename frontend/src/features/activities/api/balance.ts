import { keepPreviousData, useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

const PATH = '/api/activities/balance'

export type Balance = Answer<typeof PATH>

/** How evenly practice is spread over paths, topics or types. */
export const useBalance = (query: { from: string; to: string; by: Balance['by'] }) =>
  useQuery({ ...read(PATH, { query }), placeholderData: keepPreviousData })
