import { useMutation } from '@tanstack/react-query'

import { request, type Options } from '@/api/client'
import { nameOf } from '@/api/files'
import { isDay } from '@/words/format'

const PATH = '/api/analytics/export.csv'

export type ExportQuery = Pick<NonNullable<Options<typeof PATH>['query']>, 'from' | 'to' | 'category_id'>

export interface ExportedFile {
  readonly name: string
  readonly content: Blob
  /** The days of its rows, in order. */
  readonly days: readonly string[]
}

/** Planner days as a CSV file that spreadsheets open as it is. */
export async function exportAnalytics(query: ExportQuery): Promise<ExportedFile> {
  const response = await request('get', PATH, { query: { ...query, bom: '1' } })
  const content = await response.blob()
  const days = (await content.text()).split(/\r?\n/).map((row) => row.slice(0, 10)).filter(isDay)
  return { name: nameOf(response, 'planner.csv'), content, days }
}

export const useExportAnalytics = () => useMutation({ mutationFn: exportAnalytics })
