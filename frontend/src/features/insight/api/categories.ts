import { useQuery } from '@tanstack/react-query'

import { read } from '@/api/queries'

/** The learner's categories, to filter by. */
export const useCategories = () => useQuery(read('/api/categories', {}))
