import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { call } from '@/api/client'
import type { components } from '@/api/generated'
import { read, refresh } from '@/api/queries'

export type CalendarDay = components['schemas']['CalendarDayOut']
export type SlotIn = components['schemas']['SlotIn']

/** The focus slots that begin on a day. */
export const calendarDay = (day: string) => read('/api/calendar-days/{day}', { path: { day } })

/** Read anew when a form opens: it is written back as a whole. */
export const useCalendarDay = (day: string) => useQuery({ ...calendarDay(day), staleTime: 0, gcTime: 0 })

export function useSetFocusSlots(day: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ etag, slots }: { etag: string; slots: SlotIn[] }) =>
      call('put', '/api/calendar-days/{day}')({ path: { day }, body: { focus_slots: slots }, headers: { 'If-Match': etag } }),
    onSuccess: () => refresh(queries, ['planner']),
  })
}
