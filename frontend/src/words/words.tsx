// The words of the pages: `useWords()` gives sentences and formats in the reader's language.
import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react'

import type en from './en'
import { formats, type Formats } from './format'
import { say, type Values } from './icu'

type Catalogue = typeof en
type Keys<C> = { [S in keyof C & string]: `${S}.${keyof C[S] & string}` }[keyof C & string]

/** Every sentence there is, `subject.name`, as the English catalogue has them. */
export type WordKey = Keys<Catalogue>
export type Language = 'en' | 'de'
export const LANGUAGES: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' }

/** A sentence of the service: said by the catalogue if it knows the code, else as the service wrote it. */
export interface ServerSentence {
  readonly code: string
  readonly values: Readonly<Record<string, unknown>>
  readonly text: string
}

export interface Words {
  readonly language: Language
  readonly setLanguage: (language: Language) => void
  readonly t: (key: WordKey, values?: Values) => string
  /** `group` names the catalogue file: `said('streaks', {code, values, text})` looks up `streaks.server.<code>`. */
  readonly said: (group: string, sentence: ServerSentence) => string
  readonly format: Formats
}

type Sentences = ReadonlyMap<string, string>

const KEY = 'milepost.language'
const loaders = { en: () => import('./en'), de: () => import('./de') } as const

export function flat(catalogue: Readonly<Record<string, Readonly<Record<string, string>>>>): Sentences {
  return new Map(
    Object.entries(catalogue).flatMap(([subject, sentences]) =>
      Object.entries(sentences).map(([name, sentence]): [string, string] => [`${subject}.${name}`, sentence]),
    ),
  )
}

export async function loadSentences(language: Language): Promise<Sentences> {
  return flat((await loaders[language]()).default)
}

function isLanguage(value: unknown): value is Language {
  return value === 'en' || value === 'de'
}

/** The language chosen before, else the first of the browser's that there is. */
export function preferredLanguage(): Language {
  const chosen = localStorage.getItem(KEY)
  if (isLanguage(chosen)) return chosen
  return navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? 'en'
}

function plain(values: Readonly<Record<string, unknown>>): Values {
  const kept = Object.entries(values).map(([name, value]): [string, string | number] => [
    name,
    typeof value === 'number' ? value : String(value),
  ])
  return Object.fromEntries(kept)
}

function wordsOf(language: Language, sentences: Sentences, setLanguage: (language: Language) => void): Words {
  return {
    language,
    setLanguage,
    t: (key, values) => say(sentences.get(key) ?? key, language, values),
    said: (group, { code, values, text }) => {
      const sentence = sentences.get(`${group}.server.${code}`)
      return sentence === undefined ? text : say(sentence, language, plain(values))
    },
    format: formats(language),
  }
}

const WordsContext = createContext<Words | null>(null)

interface Props {
  readonly language: Language
  /** Loaded before the first frame, so that no page shows keys. */
  readonly sentences: Sentences
  readonly children: ReactNode
}

export function WordsProvider({ language: first, sentences: loaded, children }: Props) {
  const [spoken, setSpoken] = useState({ language: first, sentences: loaded })
  useEffect(() => {
    document.documentElement.lang = spoken.language
  }, [spoken.language])
  const words = useMemo(
    () =>
      wordsOf(spoken.language, spoken.sentences, (language) => {
        localStorage.setItem(KEY, language)
        void loadSentences(language).then((sentences) => setSpoken({ language, sentences }))
      }),
    [spoken],
  )
  return <WordsContext value={words}>{children}</WordsContext>
}

export function useWords(): Words {
  const words = use(WordsContext)
  if (words === null) throw new Error('useWords outside of WordsProvider')
  return words
}
