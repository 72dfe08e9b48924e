// The words of the pages: `useWords()` gives sentences and formats in the reader's language.
// The words of Home and of the frame are there before the first frame; those of the other pages come with the first of them.
import { createContext, use, useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from 'react'

import type en from './en'
import type laterEn from './en/later'
import { formats, type Formats } from './format'
import { say, type Sentence, type Values } from './icu'

type Catalogue = typeof en & typeof laterEn
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
  /** `said('streaks', { code, values, text })` looks up `streaks.server.<code>`, then `problems.server.<code>`; else `text`. */
  readonly said: (group: string, sentence: ServerSentence) => string
  readonly format: Formats
}

export type Sentences = ReadonlyMap<string, Sentence>

const KEY = 'milepost.language'
const first = { en: () => import('./en'), de: () => import('./de') } as const
const later = { en: () => import('./en/later'), de: () => import('./de/later') } as const

/** The words of the other pages, once one of them was opened, and which language they are in. */
let added: { language: Language; sentences: Sentences } | null = null
let spokenLanguage: Language | null = null
const listeners = new Set<() => void>()

function onAdded(tell: () => void): () => void {
  listeners.add(tell)
  return () => {
    listeners.delete(tell)
  }
}

/** Loads the words of all pages. A page that is not Home waits for it, so that it never shows keys. */
export async function loadLater(): Promise<void> {
  const language = spokenLanguage ?? preferredLanguage()
  if (added?.language === language) return
  const { default: catalogue } = await later[language]()
  added = { language, sentences: flat(catalogue) }
  for (const tell of listeners) tell()
}

export function flat(catalogue: Readonly<Record<string, Readonly<Record<string, Sentence>>>>): Sentences {
  return new Map(
    Object.entries(catalogue).flatMap(([subject, sentences]) =>
      Object.entries(sentences).map(([name, sentence]): [string, Sentence] => [`${subject}.${name}`, sentence]),
    ),
  )
}

/** The words of a language: of Home and the frame, and of the other pages if they are in use. */
export async function loadSentences(language: Language): Promise<Sentences> {
  spokenLanguage = language
  const [catalogue] = await Promise.all([first[language](), added === null ? null : loadLater()])
  return flat(catalogue.default)
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

/** What the service refuses is said here for every subject that has no sentence of its own. */
const SHARED = 'problems'
/** Sentences ask with `select` whether these were said. */
const NO_LIMITS: Values = { min: 'none', max: 'none', max_days: 'none', possible_from: 'none' }
const DAY = /^\d{4}-\d\d-\d\d$/

/** Values as sentences take them: days as people say them. */
function plain(values: Readonly<Record<string, unknown>>, format: Formats): Values {
  const said = (value: unknown) => (DAY.test(String(value)) ? format.day(String(value)) : String(value))
  const kept = Object.entries(values).filter(([, value]) => value !== null).map(([name, value]): [string, string | number] => [
    name,
    typeof value === 'number' ? value : said(value),
  ])
  return Object.fromEntries(kept)
}

function wordsOf(
  language: Language,
  find: (key: string) => Sentence | undefined,
  setLanguage: (language: Language) => void,
): Words {
  const format = formats(language)
  return {
    language,
    setLanguage,
    t: (key, values) => say(find(key) ?? key, language, values),
    said: (group, { code, values, text }) => {
      const known = { ...NO_LIMITS, ...plain(values, format) }
      for (const subject of [group, SHARED]) {
        const sentence = find(`${subject}.server.${code}`)
        if (sentence === undefined) continue
        try {
          return say(sentence, language, known)
        } catch {
          // The sentence names a value that this answer does not have.
        }
      }
      return text
    },
    format,
  }
}

const WordsContext = createContext<Words | null>(null)

interface Props {
  readonly language: Language
  /** Loaded before the first frame, so that no page shows keys. */
  readonly sentences: Sentences
  readonly children: ReactNode
}

export function WordsProvider({ language: begun, sentences: loaded, children }: Props) {
  const [spoken, setSpoken] = useState({ language: begun, sentences: loaded })
  useEffect(() => {
    document.documentElement.lang = spoken.language
  }, [spoken.language])
  const more = useSyncExternalStore(onAdded, () => added)
  const words = useMemo(
    () =>
      wordsOf(spoken.language, (key) => spoken.sentences.get(key) ?? more?.sentences.get(key), (language) => {
        localStorage.setItem(KEY, language)
        void loadSentences(language).then((sentences) => setSpoken({ language, sentences }))
      }),
    [spoken, more],
  )
  return <WordsContext value={words}>{children}</WordsContext>
}

export function useWords(): Words {
  const words = use(WordsContext)
  if (words === null) throw new Error('useWords outside of WordsProvider')
  return words
}
