import { useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

export type Predictions = Answer<'/api/progress/predictions'>
export type NextAchievement = Predictions['other_achievements'][number]
export type Estimate = NextAchievement['estimate']

/** The next achievements and the next level, with their likely dates. */
export const predictions = () => read('/api/progress/predictions', {})

export const usePredictions = () => useQuery(predictions())
