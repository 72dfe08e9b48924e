import { useQuery } from '@tanstack/react-query'

import { read } from '@/api/queries'
import type { WeekStart } from '@/words/format'

/** The installation's settings; they change only when the service starts again. */
export const useFeatures = () => useQuery({ ...read('/api/features', {}), staleTime: Infinity })

/** The day that weeks begin on; Monday until the answer is there. */
export function useWeekStart(): WeekStart {
  return useFeatures().data?.week_start ?? 'monday'
}
