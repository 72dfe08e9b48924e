import { useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

export type Inspected = Answer<'/api/admin/learners/{learner_id}/progress'>

/** A learner at a glance: progress, profile, zones, and what jobs still have to do. */
export const inspected = (id: string) => read('/api/admin/learners/{learner_id}/progress', { path: { learner_id: id } })

export const useInspected = (id: string) => useQuery(inspected(id))
