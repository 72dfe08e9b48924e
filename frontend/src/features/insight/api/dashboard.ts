import { keepPreviousData, useQuery } from '@tanstack/react-query'

import type { Answer, Options } from '@/api/client'
import { read } from '@/api/queries'

const PATH = '/api/analytics/dashboard'

export type Dashboard = Answer<typeof PATH>
export type DashboardQuery = NonNullable<Options<typeof PATH>['query']>

/** Figures of a period by category and by day, those of the period before, and the goals. */
export const getDashboard = (query: DashboardQuery) => read(PATH, { query })

/** Keeps what it showed until the answer to other filters is there. */
export const useDashboard = (query: DashboardQuery, enabled = true) =>
  useQuery({ ...getDashboard(query), placeholderData: keepPreviousData, enabled })
