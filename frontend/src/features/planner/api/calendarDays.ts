import { useQuery } from '@tanstack/react-query'

import type { components } from '@/api/generated'
import { read } from '@/api/queries'

export type PlannedDay = components['schemas']['PlannedDayOut']

/** Every day from one to another with its slots, due tasks and figures. */
export const calendarDays = (from: string, to: string) => read('/api/calendar-days', { query: { from, to } })

export const useCalendarDays = (from: string, to: string) => useQuery(calendarDays(from, to))
