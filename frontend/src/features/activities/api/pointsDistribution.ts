import { keepPreviousData, useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

const PATH = '/api/activities/points-distribution'

export type PointsDistribution = Answer<typeof PATH>

/** Where the points of these days came from. */
export const usePointsDistribution = (query: { from: string; to: string }) =>
  useQuery({ ...read(PATH, { query }), placeholderData: keepPreviousData })
