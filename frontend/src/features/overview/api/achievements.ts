import { useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

export type Achievement = Answer<'/api/progress/achievements'>['achievements'][number]

/** All achievements, with the texts and icons that predictions name by code alone. */
export const useAchievements = (isEnabled = true) => useQuery({ ...read('/api/progress/achievements', {}), enabled: isEnabled })
