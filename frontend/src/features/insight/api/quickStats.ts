import { keepPreviousData, useQuery } from '@tanstack/react-query'

import type { Answer, Options } from '@/api/client'
import { read } from '@/api/queries'

const PATH = '/api/analytics/quick-stats'

export type QuickStats = Answer<typeof PATH>
export type QuickStatsQuery = NonNullable<Options<typeof PATH>['query']>

/** Key figures for a range of days, the strongest category, and consecutive days with a completed task. */
export const getQuickStats = (query: QuickStatsQuery) => read(PATH, { query })

export const useQuickStats = (query: QuickStatsQuery) =>
  useQuery({ ...getQuickStats(query), placeholderData: keepPreviousData })
