import { useQuery } from '@tanstack/react-query'

import type { components } from '@/api/generated'
import { read } from '@/api/queries'

export type QuickStats = components['schemas']['QuickStatsOut']
export type DateRange = 'today' | '7d'

/** Key figures of one day, or of the seven days up to it. */
export const quickStats = (day: string, dateRange: DateRange) =>
  read('/api/analytics/quick-stats', { query: { date_range: dateRange, end_date: day, view_context: 'calendar' } })

export const useQuickStats = (day: string, dateRange: DateRange) => useQuery(quickStats(day, dateRange))
