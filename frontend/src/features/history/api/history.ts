import { useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'
import { dayPlus, weekPlace, type WeekStart } from '@/words/format'

export type HistoryDay = Answer<'/api/progress/history'>['days'][number]

const WEEKS_BEFORE = 52

/** Each day of the last 53 weeks, the current one included. Today is not known at first. */
export function useYear(today: string | undefined, weekStart: WeekStart) {
  const from = today === undefined ? '' : dayPlus(today, -weekPlace(today, weekStart) - 7 * WEEKS_BEFORE)
  return useQuery({ ...read('/api/progress/history', { query: { from, to: today ?? '' } }), enabled: today !== undefined })
}
