import { useQuery } from '@tanstack/react-query'

import { read } from '@/api/queries'

/** The kinds in force, and those that senders used and nobody declared. */
export const kinds = () => read('/api/admin/kinds', {})

export const useKinds = () => useQuery(kinds())
