// What the service found wrong, said at the field it names or, without one, below the form.
import { Problem } from '@/api/problems'
import type { Words } from '@/words/words'

/** The fault at a place of the body or below it, `/title`, `/scheduled_slots/0`; null if there is none. */
export function faultAt(error: Error | null, pointer: string, { said }: Words): string | null {
  if (!(error instanceof Problem)) return null
  const fault = error.faults.find((one) => one.pointer === pointer || one.pointer.startsWith(`${pointer}/`))
  return fault === undefined ? null : said('planner', { code: fault.code, values: fault.values, text: fault.message })
}

/** What is wrong as a whole; null if fields say all of it. `fields`: the places that the form shows faults at. */
export function wholeFault(error: Error | null, fields: readonly string[], { said, t }: Words): string | null {
  if (error === null) return null
  if (!(error instanceof Problem)) return t('planner.unreachable')
  const isShown = (pointer: string) => fields.some((one) => pointer === one || pointer.startsWith(`${one}/`))
  if (error.faults.length > 0 && error.faults.every(({ pointer }) => isShown(pointer))) return null
  return said('planner', { code: error.code, values: {}, text: error.detail })
}
