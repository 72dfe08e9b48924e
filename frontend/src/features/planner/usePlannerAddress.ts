// What the planner shows stands in the address, so that a link, a reload and the back button keep it.
import { useSearchParams } from 'react-router'

import { dayPlus, weekPlace, type WeekStart } from '@/words/format'

export type View = 'week' | 'day'
/** Which tasks the list shows: those to do, the first, stand without a word in the address. */
export const SHOWN = ['todo', 'completed', 'all'] as const
export type Shown = (typeof SHOWN)[number]

const DAY = /^(19|20|21)\d\d-\d\d-\d\d$/

function isDay(text: string | null): text is string {
  return text !== null && DAY.test(text) && !Number.isNaN(Date.parse(text)) && dayPlus(text, 0) === text
}

/** The first day of the week that a day is in. */
export function weekOf(day: string, weekStart: WeekStart): string {
  return dayPlus(day, -weekPlace(day, weekStart))
}

export function usePlannerAddress(today: string) {
  const [search, setSearch] = useSearchParams()
  const set = (values: Readonly<Record<string, string | null>>) =>
    setSearch((before) => {
      for (const [name, value] of Object.entries(values)) {
        if (value === null) before.delete(name)
        else before.set(name, value)
      }
      return before
    })
  const asked = search.get('day')
  const day = isDay(asked) ? asked : today
  const view: View = search.get('view') === 'day' ? 'day' : 'week'
  const shown = SHOWN.find((one) => one === search.get('tasks')) ?? 'todo'
  return {
    day,
    view,
    shown,
    category: search.get('category'),
    show: (next: { day?: string; view?: View }) =>
      set({
        ...(next.day !== undefined && { day: next.day === today ? null : next.day }),
        ...(next.view !== undefined && { view: next.view === 'week' ? null : next.view }),
      }),
    filter: (next: { tasks?: string; category?: string }) =>
      set(Object.fromEntries(Object.entries(next).map(([name, value]) => [name, value === '' ? null : value]))),
  }
}

export type PlannerAddress = ReturnType<typeof usePlannerAddress>
