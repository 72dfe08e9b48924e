// What the lines are drawn from. The figures are the answer's; here they are only put in their places.
import { dayCount, dayPlus } from '@/words/format'

import type { Dashboard } from './api/dashboard'
import type { Measure } from './filters'

const FIELDS = {
  scheduled: 'total_scheduled_minutes',
  focus: 'focus_minutes',
  completed: 'completed_scheduled_minutes',
} as const satisfies Readonly<Record<Measure, keyof Dashboard['trend'][number]>>

export function valueOf(day: Dashboard['trend'][number], measure: Measure): number {
  return day[FIELDS[measure]]
}

/** The nearest days before these, as many of them, that are wholly earlier and fall on the same weekdays. */
export function sameWeekdaysBefore({ from, to }: { readonly from: string; readonly to: string }) {
  const weeks = Math.ceil(dayCount(from, to) / 7)
  return { from: dayPlus(from, -7 * weeks), to: dayPlus(to, -7 * weeks), weeks }
}

export interface GoalLine {
  readonly id: string
  readonly name: string
  /** What the goal asks of a day, if it asks the same of each. */
  readonly perDay: number
}

/** Goals of minutes as level lines: the target spread evenly over the days of the goal's period. */
export function goalLines(goals: NonNullable<Dashboard['goals']>): readonly GoalLine[] {
  return goals
    .filter(({ target_type }) => target_type === 'minutes')
    .map(({ goal_id, name, target_value, period }) => ({
      id: goal_id,
      name,
      perDay: Math.round(target_value / dayCount(period.start, period.end)),
    }))
}
