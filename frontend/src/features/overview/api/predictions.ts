import { useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

export type Predictions = Answer<'/api/progress/predictions'>
export type NextAchievement = NonNullable<Predictions['next_achievement']>
export type NextLevel = NonNullable<Predictions['next_level']>
export type Estimate = NextAchievement['estimate']

/** What comes next, and when that is likely. */
export const usePredictions = () => useQuery(read('/api/progress/predictions', {}))
