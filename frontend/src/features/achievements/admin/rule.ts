// A rule as the editor holds it, every value as text, and as the service has it.
import type { Definition, WrittenDefinition } from '../api/catalogue'

export const METRICS = [
  'exercises_completed', 'activities', 'points', 'minutes', 'active_days', 'streak', 'perfect_grades', 'no_hint_exercises',
  'graded_exercises', 'topics_practised', 'skill_level', 'goals_met', 'milestones_reached', 'achievements_unlocked', 'manual',
] as const
export type Metric = (typeof METRICS)[number]

export interface Condition {
  /** Tells conditions apart while some are taken out. */
  readonly key: number
  readonly metric: Metric
  readonly atLeast: string
  readonly topic: string
  readonly objectType: string
  readonly verb: string
}
export type Join = 'all' | 'any'

export interface Draft {
  readonly code: string
  readonly title: string
  readonly description: string
  readonly category: string
  readonly tier: string
  readonly points: string
  readonly icon: string
  readonly secret: boolean
  readonly revokeIfUnmet: boolean
  readonly join: Join
  readonly conditions: readonly Condition[]
}

const FILTERED: ReadonlySet<Metric> = new Set([
  'exercises_completed', 'activities', 'points', 'minutes', 'active_days', 'perfect_grades', 'no_hint_exercises', 'graded_exercises',
])

/** Whether a metric counts only some activities if asked to. */
export function takesWhere(metric: Metric): boolean {
  return FILTERED.has(metric)
}

export function newCondition(key: number): Condition {
  return { key, metric: 'exercises_completed', atLeast: '', topic: '', objectType: '', verb: '' }
}

export const EMPTY: Draft = {
  code: '', title: '', description: '', category: '', tier: 'bronze', points: '', icon: 'medal',
  secret: false, revokeIfUnmet: false, join: 'all', conditions: [newCondition(0)],
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function isMetric(value: unknown): value is Metric {
  return METRICS.some((metric) => metric === value)
}

function conditionOf(written: unknown, key: number): Condition {
  const metric = member(written, 'metric')
  const where = member(written, 'where')
  return {
    key,
    metric: isMetric(metric) ? metric : 'exercises_completed',
    atLeast: text(member(written, 'at_least')),
    topic: text(member(where, 'topic')) || text(member(written, 'topic')),
    objectType: text(member(where, 'object_type')),
    verb: text(member(where, 'verb')),
  }
}

/** The conditions of a rule, and how they are joined. */
export function partsOf(rule: unknown): { readonly join: Join; readonly conditions: readonly Condition[] } {
  const all = member(rule, 'all')
  const any = member(rule, 'any')
  const join = Array.isArray(any) ? 'any' : 'all'
  const parts = Array.isArray(any) ? any : Array.isArray(all) ? all : [rule]
  return { join, conditions: parts.map(conditionOf) }
}

export function draftOf(definition: Definition): Draft {
  const { code, title, description, category, tier, points, icon, secret, revoke_if_unmet: revokeIfUnmet, rule } = definition
  return { code, title, description, category, tier, points: String(points), icon, secret, revokeIfUnmet, ...partsOf(rule) }
}

/** A whole number, or nothing where the text is none: the service then says that it is missing. */
function whole(written: string): number | undefined {
  return /^\s*\d+\s*$/.test(written) ? Number(written) : undefined
}

function filled(values: Readonly<Record<string, string>>): Record<string, string> | null {
  const given = Object.entries(values).filter(([, value]) => value.trim() !== '')
  return given.length === 0 ? null : Object.fromEntries(given.map(([name, value]) => [name, value.trim()]))
}

function writtenCondition({ metric, atLeast, topic, objectType, verb }: Condition): Record<string, unknown> {
  if (metric === 'manual') return { metric }
  if (metric === 'skill_level') {
    return { metric, at_least: atLeast.trim(), ...(topic.trim() !== '' && { topic: topic.trim() }) }
  }
  const where = takesWhere(metric) ? filled({ object_type: objectType, verb, topic }) : null
  return { metric, at_least: whole(atLeast), ...(where !== null && { where }) }
}

function ruleOf({ join, conditions }: Draft): Record<string, unknown> {
  const [first, ...others] = conditions.map(writtenCondition)
  if (first !== undefined && others.length === 0) return first
  return { [join]: conditions.map(writtenCondition) }
}

/** Where the service's faults of a condition point. */
export function pointerOf({ join, conditions }: Draft, index: number): string {
  return conditions.length === 1 ? '/rule' : `/rule/${join}/${index}`
}

export function writtenOf(draft: Draft, state: string): WrittenDefinition {
  return {
    code: draft.code.trim(),
    title: draft.title.trim(),
    description: draft.description.trim(),
    category: draft.category.trim(),
    tier: draft.tier,
    // -1 is a fault of the service's own words, as would be no number at all.
    points: whole(draft.points) ?? -1,
    icon: draft.icon.trim(),
    rule: ruleOf(draft),
    secret: draft.secret,
    state,
    revoke_if_unmet: draft.revokeIfUnmet,
  }
}
