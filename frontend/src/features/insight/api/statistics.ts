import { keepPreviousData, useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

const PATH = '/api/progress/statistics'

export type Statistics = Answer<typeof PATH>

/** Exercises, grades, time and hints of a window of days, with the change from the time before. */
export const useStatistics = (query: { from: string; to: string }) =>
  useQuery({ ...read(PATH, { query }), placeholderData: keepPreviousData })
