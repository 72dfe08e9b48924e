import { useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'
import { dayPlus, weekPlace, type WeekStart } from '@/words/format'

export type Week = Answer<'/api/activities/summary'>

const LAST_PLACE = 6

/** The week of a day, which is not known at first: its sums and each of its days up to today. */
export function useWeek(today: string | undefined, weekStart: WeekStart) {
  const from = today === undefined ? '' : dayPlus(today, -weekPlace(today, weekStart))
  const to = today === undefined ? '' : dayPlus(from, LAST_PLACE)
  return useQuery({ ...read('/api/activities/summary', { query: { from, to } }), enabled: today !== undefined })
}
