import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { call, request } from '@/api/client'
import type { components } from '@/api/generated'
import { read } from '@/api/queries'

const PATH = '/api/admin/achievements'

export type Definition = components['schemas']['DefinitionOut']
export type WrittenDefinition = components['schemas']['DefinitionIn']

/** Every definition, also drafts and retired ones. */
export const catalogue = () => read(PATH, {})

/** Read again every two seconds while learners are being checked for what they earned in the past. */
export function useCatalogue() {
  return useQuery({ ...catalogue(), refetchInterval: ({ state }) => (state.data?.applied === false ? 2000 : false) })
}

function useRefresh() {
  const queries = useQueryClient()
  return () =>
    queries.invalidateQueries({
      predicate: ({ queryKey: [path] }) => typeof path === 'string' && path.startsWith(PATH),
    })
}

/** Adds a definition, or replaces the one of its code. */
export function useSaveDefinition() {
  return useMutation({
    mutationFn: ({ body, isNew }: { body: WrittenDefinition; isNew: boolean }) =>
      isNew
        ? call('post', PATH)({ body })
        : call('put', '/api/admin/achievements/{code}')({ path: { code: body.code }, body }),
    onSuccess: useRefresh(),
  })
}

export function useActivate() {
  return useMutation({
    mutationFn: (code: string) => call('post', '/api/admin/achievements/{code}/activate')({ path: { code } }),
    onSuccess: useRefresh(),
  })
}

export function useRetire() {
  return useMutation({
    mutationFn: (code: string) => call('post', '/api/admin/achievements/{code}/retire')({ path: { code } }),
    onSuccess: useRefresh(),
  })
}

export function useGrant(code: string) {
  return useMutation({
    mutationFn: (body: components['schemas']['GrantIn']) =>
      call('post', '/api/admin/achievements/{code}/grant')({ path: { code }, body }),
    onSuccess: useRefresh(),
  })
}

export function useImport() {
  return useMutation({
    mutationFn: (achievements: WrittenDefinition[]) =>
      call('post', '/api/admin/achievements/import')({ body: { achievements } }),
    onSuccess: useRefresh(),
  })
}

/** The catalogue as a file, in the form that an import takes. */
export async function exportedCatalogue(): Promise<Blob> {
  const response = await request('get', '/api/admin/achievements/export')
  return new Blob([`${JSON.stringify(await response.json(), null, 2)}\n`], { type: 'application/json' })
}
