import { useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

export type GoalProgress = Answer<'/api/goals/progress'>[number]

/** Every active goal in its current period. Where goals are switched off there is nothing to ask. */
export const useGoalsProgress = (isEnabled = true) => useQuery({ ...read('/api/goals/progress', {}), enabled: isEnabled })
