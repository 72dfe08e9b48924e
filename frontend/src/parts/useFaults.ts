import { Problem } from '@/api/problems'
import { useWords } from '@/words/words'

export interface Faults {
  /** What is wrong at a place of the body or below it, `/name`; null if nothing is. */
  readonly at: (pointer: string) => string | null
  /** What is wrong as a whole; null if the fields say all of it. */
  readonly whole: string | null
}

/** What the service found wrong with a form. `group`: the catalogue file with its words; `fields`: places with a field. */
export function useFaults(error: Error | null, group: string, fields: readonly string[]): Faults {
  const { said, t } = useWords()
  if (error === null) return { at: () => null, whole: null }
  if (!(error instanceof Problem)) return { at: () => null, whole: t('parts.unreachable') }
  const isBelow = (pointer: string, place: string) => pointer === place || pointer.startsWith(`${place}/`)
  const isSaid = error.faults.length > 0 && error.faults.every(({ pointer }) => fields.some((one) => isBelow(pointer, one)))
  return {
    at: (place) => {
      const fault = error.faults.find(({ pointer }) => isBelow(pointer, place))
      return fault === undefined ? null : said(group, { code: fault.code, values: fault.values, text: fault.message })
    },
    whole: isSaid ? null : said(group, { code: error.code, values: {}, text: error.detail }),
  }
}
