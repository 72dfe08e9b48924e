// Slots as forms have them: days and times of the learner's clock. An instant that is not touched is sent as it came.
import type { SlotIn } from '../api/calendarDay'
import { instantsOf, wallAt, type Wall } from '../zone'

export interface Moment extends Wall {
  /** Of a time that the clock shows twice, the second. */
  readonly isLater: boolean
  /** The instant it came from; it may have seconds. */
  readonly instant?: string
}

export interface SlotFields {
  /** Keeps a row of the form while others come and go. */
  readonly key: string
  readonly starts: Moment
  readonly ends: Moment
}

export type MomentFault = 'missing' | 'skipped'

export function momentOf(instant: string, zone: string): Moment {
  const at = Date.parse(instant)
  const wall = wallAt(at, zone)
  const all = instantsOf(wall, zone)
  return { ...wall, isLater: all.length > 1 && at >= (all[1] ?? Infinity), instant }
}

export function slotFields(slot: SlotIn, zone: string): SlotFields {
  return { key: crypto.randomUUID(), starts: momentOf(slot.starts_at, zone), ends: momentOf(slot.ends_at, zone) }
}

/** An hour on a day, to begin with. */
export function newSlot(day: string, time = '17:00', end = '18:00'): SlotFields {
  return { key: crypto.randomUUID(), starts: { day, time, isLater: false }, ends: { day, time: end, isLater: false } }
}

/** Whether the clock shows this time twice on its day. */
export function isRepeated(moment: Moment, zone: string): boolean {
  return instantsOf(moment, zone).length > 1
}

export function faultOf(moment: Moment, zone: string): MomentFault | null {
  if (moment.day === '' || moment.time === '') return 'missing'
  return instantOf(moment, zone) === null ? 'skipped' : null
}

export function instantOf(moment: Moment, zone: string): string | null {
  if (moment.instant !== undefined) return moment.instant
  const all = instantsOf(moment, zone)
  const chosen = moment.isLater ? all.at(-1) : all[0]
  return chosen === undefined ? null : new Date(chosen).toISOString().replace('.000Z', 'Z')
}

/** What a slot sends; null while one of its ends is no instant. */
export function slotIn({ starts, ends }: SlotFields, zone: string): SlotIn | null {
  const from = instantOf(starts, zone)
  const to = instantOf(ends, zone)
  return from === null || to === null ? null : { starts_at: from, ends_at: to }
}

export function isReversed(slot: SlotFields, zone: string): boolean {
  const sent = slotIn(slot, zone)
  return sent !== null && Date.parse(sent.ends_at) <= Date.parse(sent.starts_at)
}

/** The moment with other fields: it is no longer the instant it came from. */
export function changed({ day, time, isLater }: Moment, fields: Partial<Omit<Moment, 'instant'>>): Moment {
  return { day, time, isLater, ...fields }
}
