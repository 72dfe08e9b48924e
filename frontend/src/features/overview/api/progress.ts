import { useQuery } from '@tanstack/react-query'

import { read } from '@/api/queries'

/** Totals, streak, grades, topics, next badge and goals at a glance. */
export const progress = () => read('/api/progress', {})

export const useProgress = () => useQuery(progress())
