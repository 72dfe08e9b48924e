import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'

import { call } from '@/api/client'
import { Problem, type Fault } from '@/api/problems'

import type { WrittenDefinition } from './catalogue'

/** No definition can have this state, so the service names every fault of one that asks for it and stores nothing. */
const NEVER_STORED = 'only-check'

async function faultsOf(body: WrittenDefinition, signal: AbortSignal): Promise<readonly Fault[]> {
  try {
    await call('post', '/api/admin/achievements')({ body: { ...body, state: NEVER_STORED } }, signal)
  } catch (error) {
    if (error instanceof Problem && error.status === 422) return error.faults.filter(({ pointer }) => pointer !== '/state')
    throw error
  }
  return []
}

/** The faults that the service finds in a definition, without writing it. */
export const check = (body: WrittenDefinition) =>
  queryOptions({
    queryKey: ['/api/admin/achievements#check', body],
    queryFn: ({ signal }) => faultsOf(body, signal),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  })

export const useCheck = (body: WrittenDefinition) => useQuery(check(body))
