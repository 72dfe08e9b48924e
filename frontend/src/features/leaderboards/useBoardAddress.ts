import { useSearchParams } from 'react-router'

import type { BoardQuery } from './api/leaderboard'

export const METRICS = ['points', 'exercises', 'minutes', 'streak'] as const
export type Metric = (typeof METRICS)[number]
export const PERIODS = ['week', 'month', 'all'] as const
export type Period = (typeof PERIODS)[number]
export const PLACES = ['me', 'top'] as const

const GROUP = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The board that the address chooses: metric, period, place, group. A streak counts all days. */
export function useBoardAddress() {
  const [search, setSearch] = useSearchParams()
  const metric = METRICS.find((one) => one === search.get('metric')) ?? 'points'
  const chosen = PERIODS.find((one) => one === search.get('period')) ?? 'week'
  const period: Period = metric === 'streak' ? 'all' : chosen
  const place = PLACES.find((one) => one === search.get('place')) ?? 'me'
  const named = search.get('group') ?? ''
  const group = GROUP.test(named) ? named : null
  const set = (name: 'metric' | 'period' | 'place' | 'group', value: string) => {
    const next = new URLSearchParams(search)
    if (value === '') next.delete(name)
    else next.set(name, value)
    setSearch(next, { replace: true, preventScrollReset: true })
  }
  const query: BoardQuery = { metric, period, ...(place === 'me' && { around: 'me' }), ...(group !== null && { group }) }
  return { metric, period, place, group, query, set }
}

export type BoardAddress = ReturnType<typeof useBoardAddress>
