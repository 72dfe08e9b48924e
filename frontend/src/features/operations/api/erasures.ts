import { useQuery } from '@tanstack/react-query'

import { read } from '@/api/queries'

/** How many learners were erased. */
export const erasures = () => read('/api/admin/erasures', {})

export const useErasures = () => useQuery(erasures())
