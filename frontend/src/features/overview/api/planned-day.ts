import { useQuery } from '@tanstack/react-query'

import { read } from '@/api/queries'

/** What is planned for a day, which is not known at first, and what of it is done. */
export function usePlannedDay(day: string | undefined) {
  const query = { from: day ?? '', to: day ?? '' }
  return useQuery({ ...read('/api/calendar-days', { query }), enabled: day !== undefined })
}
