// Sentences of the catalogue with their values filled in: ICU message format, parsed once for each sentence.
import { IntlMessageFormat } from 'intl-messageformat'

export type Values = Readonly<Record<string, string | number | boolean | Date | null | undefined>>

const parsed = new Map<string, IntlMessageFormat>()

export function say(sentence: string, language: string, values?: Values): string {
  const key = `${language}\n${sentence}`
  let message = parsed.get(key)
  if (message === undefined) {
    message = new IntlMessageFormat(sentence, language, undefined, { ignoreTag: true })
    parsed.set(key, message)
  }
  return String(message.format(values))
}
