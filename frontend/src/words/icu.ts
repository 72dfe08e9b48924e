// Sentences of the catalogue with their values filled in: ICU message format, parsed while building (scripts/parsed-words.mjs).
import { IntlMessageFormat } from 'intl-messageformat'

export type Values = Readonly<Record<string, string | number | boolean | Date | null | undefined>>
/** A text, or the parts of a sentence that has placeholders. */
export type Sentence = ConstructorParameters<typeof IntlMessageFormat>[0]

const formats = new Map<Sentence, { readonly language: string; readonly format: IntlMessageFormat }>()

export function say(sentence: Sentence, language: string, values?: Values): string {
  if (typeof sentence === 'string') return sentence
  let known = formats.get(sentence)
  if (known?.language !== language) {
    known = { language, format: new IntlMessageFormat(sentence, language) }
    formats.set(sentence, known)
  }
  return String(known.format.format(values))
}
