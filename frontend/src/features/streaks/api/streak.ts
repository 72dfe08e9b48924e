import { keepPreviousData, useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

type StreakAnswer = Answer<'/api/progress/streak'>
export type Streak = Extract<StreakAnswer, { current_streak: number }>
export type StreakDay = Streak['calendar'][number]

export function isQuiet(answer: StreakAnswer): answer is Exclude<StreakAnswer, Streak> {
  return !('current_streak' in answer)
}

/** The streak and the days of a month, the current one if none is named. The month before stays until it is there. */
export function useStreak(month: string | null) {
  const options = month === null ? {} : { query: { month } }
  return useQuery({ ...read('/api/progress/streak', options), placeholderData: keepPreviousData })
}
