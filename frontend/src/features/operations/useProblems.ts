import { Problem } from '@/api/problems'
import { useWords, type ServerSentence } from '@/words/words'

/** Sentences for what the service refused: of the whole request, and of its fields by their JSON pointers. */
export function useProblems() {
  const { t, said } = useWords()
  const sentence = (server: ServerSentence): string => {
    try {
      return said('admin', server)
    } catch {
      // The catalogue's sentence names a value that this fault does not have.
      return server.text
    }
  }
  return {
    /** What is wrong on the whole, in a sentence. */
    text: (error: Error | null): string | undefined => {
      if (error === null) return undefined
      if (error instanceof Problem) return sentence({ code: error.code, values: {}, text: error.detail })
      return t('admin.unreachable')
    },
    /** What is wrong with the value at a pointer, or inside it if `isDeep`. */
    at: (error: Error | null, pointer: string, isDeep = false): string | undefined => {
      const faults = error instanceof Problem ? error.faults : []
      const fault = faults.find((one) => one.pointer === pointer || (isDeep && one.pointer.startsWith(`${pointer}/`)))
      return fault && sentence({ code: fault.code, values: fault.values, text: fault.message })
    },
    sentence,
  }
}
