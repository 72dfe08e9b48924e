// What the page is about: the last days or a range, and for the feed a topic and a type. They stand in the address.
import { useAddress } from '@/parts/useAddress'
import { dayPlus, isDay } from '@/words/format'

export const SPANS = ['7', '30', '90'] as const
export type Days = (typeof SPANS)[number]

export interface ActivityFilters {
  readonly days: Days | 'own'
  readonly from: string
  readonly to: string
  readonly topic: string | null
  readonly type: string | null
}

export function useActivityAddress(today: string) {
  const { get, set } = useAddress()
  const from = get('from')
  const to = get('to')
  const days = SPANS.find((one) => one === get('days')) ?? '30'
  const own = isDay(from) && isDay(to) && from <= to ? { days: 'own' as const, from, to } : null
  const last = { days, from: dayPlus(today, 1 - Number(days)), to: today }
  const filters: ActivityFilters = { ...(own ?? last), topic: get('topic'), type: get('type') }
  return { filters, set }
}

export type ActivityAddress = ReturnType<typeof useActivityAddress>
