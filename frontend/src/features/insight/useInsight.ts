import { useDashboard } from './api/dashboard'
import { useQuickStats } from './api/quickStats'
import { dashboardQuery, quickStatsQuery, type InsightFilters } from './filters'

/** The state of the analytics, in three slices as pages and widgets read them:
 *
 * - `quickStats`: `data`, `status`, `lastUpdated` (milliseconds since 1970, null before the first answer);
 * - `dashboardData`: `data`, `status`, and the `filters` that it is the answer to;
 * - `goalProgress`: `data` (null where goals are switched off), `status`; it comes with the dashboard's answer.
 *
 * A `status` is `pending`, `error` or `success`. TanStack Query keeps the answers, renews them when the live stream says so, and
 * shares them between all callers with equal filters. `queries` are the reads themselves, for cards that offer to retry.
 */
export function useInsight(filters: InsightFilters) {
  const stats = useQuickStats(quickStatsQuery(filters))
  const dashboard = useDashboard(dashboardQuery(filters))
  return {
    quickStats: { data: stats.data, status: stats.status, lastUpdated: stats.dataUpdatedAt === 0 ? null : stats.dataUpdatedAt },
    dashboardData: { data: dashboard.data, status: dashboard.status, filters },
    goalProgress: {
      data: dashboard.data === undefined ? undefined : (dashboard.data.goals ?? null),
      status: dashboard.status,
    },
    queries: { stats, dashboard },
  }
}

export type Insight = ReturnType<typeof useInsight>
