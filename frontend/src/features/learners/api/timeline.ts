import { useQuery } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { read } from '@/api/queries'

const PATH = '/api/admin/learners/{learner_id}/timeline'

export type Timeline = Answer<typeof PATH>
export type TimelineDay = Timeline['days'][number]

/** What each day did to the streak; of the last weeks unless the first day is given. */
export const timeline = (id: string, from: string | null, to: string | null) =>
  read(PATH, { path: { learner_id: id }, query: { ...(from !== null && { from }), ...(to !== null && { to }) } })

export const useTimeline = (id: string, from: string | null, to: string | null) => useQuery(timeline(id, from, to))
