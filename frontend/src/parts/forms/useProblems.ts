import { Problem, type Fault } from '@/api/problems'
import { useWords } from '@/words/words'

export interface Problems {
  /** What went wrong, in a sentence. Undefined if nothing did. */
  readonly text: (error: Error | null) => string | undefined
  /** What is wrong with one value that was sent. */
  readonly fault: (fault: Fault) => string
  /** What is wrong at a place of the body or below it, `/name`. */
  readonly at: (error: Error | null, pointer: string) => string | undefined
  /** What the fields do not say. `fields`: the places that the form shows faults at. */
  readonly beside: (error: Error | null, fields: readonly string[]) => string | undefined
}

function isBelow(pointer: string, place: string): boolean {
  return pointer === place || pointer.startsWith(`${place}/`)
}

/** Sentences for what the service refused, from the words of a subject: `<subject>.server.<code>`. */
export function useProblems(subject: string): Problems {
  const { said, t } = useWords()
  const text = (error: Error | null) => {
    if (error === null) return undefined
    if (!(error instanceof Problem)) return t('parts.unreachable')
    return said(subject, { code: error.code, values: error.values, text: error.detail })
  }
  const fault = ({ code, values, message }: Fault) => said(subject, { code, values, text: message })
  return {
    text,
    fault,
    at: (error, pointer) => {
      const found = error instanceof Problem ? error.faults.find((one) => isBelow(one.pointer, pointer)) : undefined
      return found && fault(found)
    },
    beside: (error, fields) => {
      const faults = error instanceof Problem ? error.faults : []
      const isSaid = faults.length > 0 && faults.every(({ pointer }) => fields.some((one) => isBelow(pointer, one)))
      return isSaid ? undefined : text(error)
    },
  }
}
