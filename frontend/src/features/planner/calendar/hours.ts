// The hours of days beside each other. A row is an hour of the clock; an hour that the clock shows twice has two rows, and
// a day that lacks the hour of a row is empty there. So slots of all days stand at the time the learner's clock shows.
import { dayPlus } from '@/words/format'

import { dayStart, wallAt } from '../zone'

/** How tall an hour is, as `--hour` in the style: half an hour, the least that is drawn, is a target of 24 pixels. */
export const PIXELS_AN_HOUR = 48

const MINUTE = 60_000
const STEP = 15 * MINUTE

interface Piece {
  readonly at: number
  readonly hour: number
  readonly minute: number
  /** Whether the clock shows this hour for the second time on the day. */
  readonly isSecond: boolean
}

export interface HourRow {
  readonly hour: number
  readonly isSecond: boolean
}

export interface DayHours {
  readonly day: string
  readonly start: number
  readonly end: number
  /** Minutes of rows that the day does not have, as `[from, to)` from the top. */
  readonly gaps: readonly (readonly [number, number])[]
  /** Where an instant of the day stands: minutes of rows from the top. Earlier and later ones at its ends. */
  readonly place: (instant: number) => number
}

function piecesOf(start: number, end: number, zone: string): readonly Piece[] {
  const pieces: Piece[] = []
  const seen = new Set<string>()
  for (let at = start; at < end; at += STEP) {
    const [hour = 0, minute = 0] = wallAt(at, zone).time.split(':').map(Number)
    const key = `${hour}:${minute}`
    pieces.push({ at, hour, minute, isSecond: seen.has(key) })
    seen.add(key)
  }
  return pieces
}

/** The rows that days need together, and each day's place in them. */
export function hoursOf(days: readonly string[], zone: string): { rows: readonly HourRow[]; days: readonly DayHours[] } {
  const drawn = days.map((day) => {
    const start = dayStart(day, zone)
    const end = dayStart(dayPlus(day, 1), zone)
    return { day, start, end, pieces: piecesOf(start, end, zone) }
  })
  const all = drawn.flatMap(({ pieces }) => pieces)
  const rows: HourRow[] = []
  for (let hour = 0; hour < 24; hour += 1) {
    if (all.some((one) => one.hour === hour && !one.isSecond)) rows.push({ hour, isSecond: false })
    if (all.some((one) => one.hour === hour && one.isSecond)) rows.push({ hour, isSecond: true })
  }
  const top = ({ hour, minute, isSecond }: Piece) =>
    rows.findIndex((row) => row.hour === hour && row.isSecond === isSecond) * 60 + minute
  return { rows, days: drawn.map(({ pieces, ...one }) => ({ ...one, ...placed(pieces.map((piece) => [piece.at, top(piece)]), one.end, rows.length * 60) })) }
}

/** `tops`: the pieces of a day by instant, each with its minutes from the top. */
function placed(tops: readonly (readonly [number, number])[], end: number, height: number): Pick<DayHours, 'gaps' | 'place'> {
  const gaps: (readonly [number, number])[] = []
  let reached = 0
  for (const [, top] of [...tops].sort((a, b) => a[1] - b[1])) {
    if (top > reached) gaps.push([reached, top])
    reached = top + STEP / MINUTE
  }
  if (reached < height) gaps.push([reached, height])
  const place = (instant: number) => {
    const last = Math.min(instant, end)
    const piece = tops.findLast(([at]) => at < last || at === instant) ?? tops[0]
    return piece === undefined ? 0 : piece[1] + Math.max(last - piece[0], 0) / MINUTE
  }
  return { gaps, place }
}

export interface Laned<T> {
  readonly of: T
  readonly top: number
  readonly height: number
  /** Its lane and how many lanes stand beside each other there. */
  readonly lane: number
  readonly lanes: number
}

/** Overlapping spans in lanes beside each other. `shortest`: how many minutes the smallest block takes to be legible. */
export function inLanes<T>(spans: readonly { of: T; from: number; to: number }[], shortest: number): readonly Laned<T>[] {
  const placed: Laned<T>[] = []
  let group: Omit<Laned<T>, 'lanes'>[] = []
  let ends: number[] = []
  const close = () => {
    placed.push(...group.map((one) => ({ ...one, lanes: ends.length })))
    group = []
    ends = []
  }
  for (const { of, from, to } of [...spans].sort((a, b) => a.from - b.from || b.to - a.to)) {
    const height = Math.max(to - from, shortest)
    if (ends.every((end) => end <= from)) close()
    const free = ends.findIndex((end) => end <= from)
    const lane = free === -1 ? ends.length : free
    ends[lane] = from + height
    group.push({ of, top: from, height, lane })
  }
  close()
  return placed
}
