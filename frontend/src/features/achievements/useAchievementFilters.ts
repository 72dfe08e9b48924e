import { useSearchParams } from 'react-router'

import type { Tier } from '@/parts/badges/TierBadge'

import type { Achievement } from './api/achievements'

export const SHOWN = ['all', 'earned', 'open'] as const
export type Shown = (typeof SHOWN)[number]
export const TIERS: readonly Tier[] = ['bronze', 'silver', 'gold']

/** What the address chooses: which achievements are shown, and whose dialog is open. */
export function useAchievementFilters() {
  const [search, setSearch] = useSearchParams()
  const shown = SHOWN.find((one) => one === search.get('show')) ?? 'all'
  const tier = TIERS.find((one) => one === search.get('tier')) ?? null
  const category = search.get('category')
  const badge = search.get('badge')
  const set = (name: 'show' | 'tier' | 'category' | 'badge', value: string | null) => {
    const next = new URLSearchParams(search)
    if (value === null || value === '' || value === 'all') next.delete(name)
    else next.set(name, value)
    setSearch(next, { replace: name !== 'badge', preventScrollReset: true })
  }
  const fits = (achievement: Achievement) =>
    (tier === null || achievement.tier === tier) && (category === null || achievement.category === category)
  return { shown, tier, category, badge, set, fits }
}
