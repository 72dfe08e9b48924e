// How activities are named and drawn. Platforms may send words of their own: those stand as they were sent.
import {
  Activity, BookOpen, BookOpenText, CalendarCheck, Flag, Flower2, FolderKanban, ListChecks, MessageCircle, NotebookPen, PencilLine,
  SquareCheck, Timer, type LucideIcon,
} from 'lucide-react'

import type { Words } from '@/words/words'

const ICONS: ReadonlyMap<string, LucideIcon> = new Map([
  ['exercise', PencilLine],
  ['lesson', BookOpen],
  ['reading', BookOpenText],
  ['quiz', ListChecks],
  ['task', SquareCheck],
  ['session', Timer],
  ['project', FolderKanban],
  ['journal', NotebookPen],
  ['meditation', Flower2],
  ['milestone', Flag],
  ['interaction', MessageCircle],
  ['check_in', CalendarCheck],
])

export function iconOf(type: string): LucideIcon {
  return ICONS.get(type) ?? Activity
}

/** "check_in" becomes "Check in" if no catalogue knows it. */
function readable(word: string): string {
  const spaced = word.replaceAll('_', ' ')
  return spaced.charAt(0).toUpperCase() + spaced.slice(1)
}

export function typeName(type: string, said: Words['said']): string {
  return said('activities', { code: `type.${type}`, values: {}, text: readable(type) })
}

export function verbName(verb: string, said: Words['said']): string {
  return said('activities', { code: `verb.${verb}`, values: {}, text: readable(verb).toLowerCase() })
}

export function difficultyName(difficulty: string, said: Words['said']): string {
  return said('activities', { code: `difficulty.${difficulty}`, values: {}, text: difficulty })
}
