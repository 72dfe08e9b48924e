// Wall clocks of the learner's zone. A day begins at its first instant and lasts 23, 24 or 25 hours, whatever the zone
// does; a time of the clock may stand for no instant or for two.
import { dayInstant, dayPlus } from '@/words/format'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** What the clock and the calendar of a zone show at an instant. `time` is `HH:MM`. */
export interface Wall {
  readonly day: string
  readonly time: string
}

const clocks = new Map<string, Intl.DateTimeFormat>()

function clock(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
  })
  clocks.set(zone, made)
  return made
}

export function wallAt(instant: number, zone: string): Wall {
  const parts = new Map(clock(zone).formatToParts(instant).map(({ type, value }) => [type, value]))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? ''
  return { day: `${part('year')}-${part('month')}-${part('day')}`, time: `${part('hour')}:${part('minute')}` }
}

/** Minutes that the zone is ahead of UTC, to the minute. */
function offsetAt(instant: number, zone: string): number {
  const { day, time } = wallAt(instant, zone)
  return Math.round((Date.parse(`${day}T${time}:00Z`) - Math.floor(instant / MINUTE) * MINUTE) / MINUTE)
}

/** The instants at which the zone's clock shows a time on a day, in order: none, one or two. */
export function instantsOf({ day, time }: Wall, zone: string): readonly number[] {
  const asUtc = Date.parse(`${day}T${time}:00Z`)
  if (Number.isNaN(asUtc)) return []
  const offsets = new Set([-26, -2, 2, 26].map((hours) => offsetAt(asUtc + hours * HOUR, zone)))
  return [...offsets]
    .map((offset) => asUtc - offset * MINUTE)
    .filter((instant) => {
      const wall = wallAt(instant, zone)
      return wall.day === day && wall.time === time
    })
    .sort((a, b) => a - b)
}

/** The first instant of a local day, to the minute; of a day that the zone skipped, that of the next. */
export function dayStart(day: string, zone: string): number {
  const [midnight] = instantsOf({ day, time: '00:00' }, zone)
  if (midnight !== undefined) return midnight
  let before = dayInstant(day).getTime() - 15 * HOUR
  let after = dayInstant(day).getTime() + 15 * HOUR
  while (after - before > MINUTE) {
    const middle = Math.floor((before + after) / 2 / MINUTE) * MINUTE
    if (wallAt(middle, zone).day >= day) after = middle
    else before = middle
  }
  return after
}

/** How long a local day lasts, in minutes. */
export function dayMinutes(day: string, zone: string): number {
  return (dayStart(dayPlus(day, 1), zone) - dayStart(day, zone)) / MINUTE
}
