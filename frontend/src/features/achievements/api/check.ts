import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'

import { call } from '@/api/client'
import { Problem, type Fault } from '@/api/problems'

import type { WrittenDefinition } from './catalogue'

/** No definition can have this state, so the service names the faults of one that asks for it and stores nothing. */
const NEVER_STORED = 'only-check'
/** Right in every field of text. */
const FILLER = 'filler'

async function refusal(body: WrittenDefinition, signal: AbortSignal): Promise<Problem | null> {
  try {
    await call('post', '/api/admin/achievements')({ body: { ...body, state: NEVER_STORED } }, signal)
    return null
  } catch (error) {
    if (error instanceof Problem && error.status === 422) return error
    throw error
  }
}

/** The service reads a body in two steps and names the faults of the first that fails, such as empty texts.
 *
 * So those texts are filled in and asked for again, until the second step has said its faults, too.
 */
async function faultsOf(body: WrittenDefinition, signal: AbortSignal): Promise<readonly Fault[]> {
  const first = await refusal(body, signal)
  const faults = first?.faults ?? []
  if (first?.code !== 'invalid_body') return faults.filter(({ pointer }) => pointer !== '/state')
  const filled = Object.fromEntries(faults.map(({ pointer }) => [pointer.slice(1), FILLER]))
  const second = await refusal({ ...body, ...filled }, signal)
  const others = second?.code === 'invalid_definition' ? second.faults : []
  return [...faults, ...others.filter(({ pointer }) => pointer !== '/state')]
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
