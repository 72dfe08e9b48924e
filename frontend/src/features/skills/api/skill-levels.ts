import { useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

export type Skill = Answer<'/api/progress/skill-levels'>['skills'][number]

/** All topics with their levels, sorted by name. */
export const skillLevels = () => read('/api/progress/skill-levels', {})

export const useSkillLevels = () => useQuery(skillLevels())
