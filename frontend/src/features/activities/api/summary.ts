import { keepPreviousData, useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

const PATH = '/api/activities/summary'

export type Summary = Answer<typeof PATH>

/** Activities and time by type and by day, and how regular practice is. */
export const useSummary = (query: { from: string; to: string }) =>
  useQuery({ ...read(PATH, { query }), placeholderData: keepPreviousData })
