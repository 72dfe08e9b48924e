// The few sentences of the elements for other sites. They do not load the catalogue of the pages.
import { formats } from '@/words/format'

interface Sentences {
  readonly title: string
  readonly loading: string
  readonly empty: string
  readonly failed: string
  readonly signedOut: string
  readonly old: string
  readonly retry: string
  readonly minutes: string
  readonly completed: string
  readonly top: string
  readonly focus: string
  readonly days: string
  readonly unlocked: string
  readonly close: (title: string) => string
  readonly points: (points: string) => string
}

const en: Sentences = {
  title: 'Quick stats',
  loading: 'Your figures are on their way.',
  empty: 'Nothing is planned here.',
  failed: 'Your figures did not arrive. Nothing is lost.',
  signedOut: 'Sign in to see your figures.',
  old: 'These figures could not be refreshed.',
  retry: 'Try again',
  minutes: 'Planned time',
  completed: 'Tasks completed',
  top: 'Top category',
  focus: 'Focus time used',
  days: 'Days in a row',
  unlocked: 'Earned',
  close: (title) => `Close: ${title}`,
  points: (points) => `${points} points`,
}

const de: Sentences = {
  title: 'Kurz gefasst',
  loading: 'Deine Zahlen sind unterwegs.',
  empty: 'Hier ist nichts geplant.',
  failed: 'Deine Zahlen sind nicht angekommen. Nichts ist verloren.',
  signedOut: 'Melde dich an, um deine Zahlen zu sehen.',
  old: 'Diese Zahlen konnten nicht erneuert werden.',
  retry: 'Noch einmal versuchen',
  minutes: 'Geplante Zeit',
  completed: 'Erledigte Aufgaben',
  top: 'Stärkste Kategorie',
  focus: 'Genutzte Fokuszeit',
  days: 'Tage in Folge',
  unlocked: 'Verdient',
  close: (title) => `Schließen: ${title}`,
  points: (points) => `${points} Punkte`,
}

/** The words of a language tag; English unless it is German. */
export function wordsFor(tag: string) {
  const language = /^de\b/i.test(tag) ? 'de' : 'en'
  return { language, say: language === 'de' ? de : en, format: formats(language) }
}

export type WidgetWords = ReturnType<typeof wordsFor>
