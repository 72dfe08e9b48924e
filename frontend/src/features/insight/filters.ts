// What the analytics are about: a period or a range of days, and a category. They stand in the address.
import { useAddress } from '@/parts/useAddress'
import { isDay } from '@/words/format'

import type { DashboardQuery } from './api/dashboard'
import type { QuickStatsQuery } from './api/quickStats'

export const PERIODS = ['weekly', 'monthly'] as const
export type Period = (typeof PERIODS)[number]

export const MEASURES = ['scheduled', 'focus', 'completed'] as const
export type Measure = (typeof MEASURES)[number]

export interface InsightFilters {
  readonly period: Period
  /** Both null, or a range of days in place of the period. */
  readonly range: { readonly from: string; readonly to: string } | null
  readonly category: string | null
}

export function useInsightAddress() {
  const { get, set } = useAddress()
  const from = get('from')
  const to = get('to')
  const filters: InsightFilters = {
    period: PERIODS.find((one) => one === get('period')) ?? 'weekly',
    range: isDay(from) && isDay(to) && from <= to ? { from, to } : null,
    category: get('category'),
  }
  return { filters, compared: MEASURES.find((one) => one === get('compare')) ?? null, set }
}

function categoryQuery({ category }: InsightFilters) {
  return category === null ? {} : { category_id: category }
}

export function dashboardQuery(filters: InsightFilters): DashboardQuery {
  const { range, period } = filters
  return { ...(range ?? { period }), ...categoryQuery(filters) }
}

const DATE_RANGE: Readonly<Record<Period, string>> = { weekly: '7d', monthly: '30d' }

export function quickStatsQuery(filters: InsightFilters): QuickStatsQuery {
  const { range, period } = filters
  const date_range = range === null ? DATE_RANGE[period] : `${range.from}..${range.to}`
  return { view_context: 'dashboard', date_range, ...categoryQuery(filters) }
}
