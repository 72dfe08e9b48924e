import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { readPages } from '@/api/queries'

export type Exercise = Answer<'/api/admin/exercises'>['exercises'][number]
export type ExerciseOrder = 'hardest' | 'easiest'

/** All exercises, or those of a topic, by what a typical learner gets in them. */
export function useExercises(topic: string, order: ExerciseOrder) {
  return useInfiniteQuery({
    ...readPages('/api/admin/exercises', { topic, order }, (cursor) => ({
      query: { order, limit: 50, ...(topic !== '' && { topic }), ...(cursor !== undefined && { cursor }) },
    })),
    placeholderData: keepPreviousData,
    select: ({ pages }) => pages.flatMap(({ exercises }) => exercises),
  })
}
