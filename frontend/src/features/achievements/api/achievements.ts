import { useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

export type Achievements = Extract<Answer<'/api/progress/achievements'>, { total: number }>
export type Achievement = Achievements['achievements'][number]

/** All achievements with the learner's progress; none in quiet mode. */
export const achievements = () => read('/api/progress/achievements', {})

export const useAchievements = () => useQuery(achievements())
