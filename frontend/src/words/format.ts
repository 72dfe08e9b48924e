// Dates, times and numbers as the language says them. A day is a date without a zone: it is shown by its parts, in UTC.

export type DayStyle = 'full' | 'long' | 'short' | 'weekday' | 'date' | 'number'
export type WeekStart = 'monday' | 'sunday' | 'saturday'

const DAY: Readonly<Record<DayStyle, Intl.DateTimeFormatOptions>> = {
  full: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
  long: { weekday: 'long', day: 'numeric', month: 'long' },
  short: { weekday: 'short', day: 'numeric', month: 'short' },
  weekday: { weekday: 'short' },
  date: { day: 'numeric', month: 'long' },
  number: { day: 'numeric', month: 'short' },
}

/** The instant that stands for a day `2026-11-21`: its midnight in UTC. */
export function dayInstant(day: string): Date {
  return new Date(`${day}T00:00:00Z`)
}

const DAY_TEXT = /^(19|20|21)\d\d-\d\d-\d\d$/

/** Whether a text is a day of the calendar, `2026-11-21`: half-typed dates and 30 February are none. */
export function isDay(text: string | null): text is string {
  return text !== null && DAY_TEXT.test(text) && !Number.isNaN(Date.parse(text)) && dayPlus(text, 0) === text
}

/** How many days a range has, both ends included. */
export function dayCount(from: string, to: string): number {
  return Math.round((dayInstant(to).getTime() - dayInstant(from).getTime()) / 86_400_000) + 1
}

/** The day that an instant is on in a zone. */
export function dayIn(instant: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone }).formatToParts(instant)
  return ['year', 'month', 'day'].map((type) => parts.find((part) => part.type === type)?.value ?? '').join('-')
}

/** The day so many days later, or earlier if negative. */
export function dayPlus(day: string, days: number): string {
  const instant = dayInstant(day)
  instant.setUTCDate(instant.getUTCDate() + days)
  return instant.toISOString().slice(0, 10)
}

/** The month so many months later: `2026-11` and 2 give `2027-01`. */
export function monthPlus(month: string, months: number): string {
  const instant = dayInstant(`${month}-01`)
  instant.setUTCMonth(instant.getUTCMonth() + months)
  return instant.toISOString().slice(0, 7)
}

const FIRST: Readonly<Record<WeekStart, number>> = { sunday: 0, monday: 1, saturday: 6 }

/** The place of a day in its week, 0 to 6, as the installation counts weeks. */
export function weekPlace(day: string, weekStart: WeekStart): number {
  return (dayInstant(day).getUTCDay() - FIRST[weekStart] + 7) % 7
}

export function formats(language: string) {
  const utc = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { ...options, timeZone: 'UTC' })
  const number = (value: number, digits = 1) =>
    new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value)
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value)
  return {
    /** "Saturday 21 November" for `2026-11-21`. */
    day: (day: string, style: DayStyle = 'long') => {
      const text = utc(DAY[style]).format(dayInstant(day))
      return language === 'en' ? text.replace(',', '') : text
    },
    /** "24 October – 20 November 2026". */
    days: (from: string, to: string) =>
      utc({ day: 'numeric', month: 'long' }).formatRange(dayInstant(from), dayInstant(to)),
    /** "November 2026" for `2026-11`. */
    month: (month: string, style: 'full' | 'short' = 'full') =>
      utc(style === 'full' ? { month: 'long', year: 'numeric' } : { month: 'short' }).format(dayInstant(`${month}-01`)),
    /** The seven names of a week, its first day first. 4 January 1970 was a Sunday. */
    weekdays: (weekStart: WeekStart, style: 'short' | 'long' | 'narrow' = 'short') =>
      Array.from({ length: 7 }, (_, place) =>
        utc({ weekday: style }).format(new Date(Date.UTC(1970, 0, 4 + FIRST[weekStart] + place))),
      ),
    /** An instant in the learner's zone: "20 Nov, 19:42". */
    instant: (instant: string, timeZone: string) =>
      new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
        day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZone,
      }).format(new Date(instant)),
    /** An instant that may be long ago: "20 Nov 2026, 19:42". */
    moment: (instant: string, timeZone: string) =>
      new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
        day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZone,
      }).format(new Date(instant)),
    /** Only the time of an instant: "19:42". */
    time: (instant: string, timeZone: string) =>
      new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
        hour: '2-digit', minute: '2-digit', timeZone,
      }).format(new Date(instant)),
    /** "4 hr 20 min", "25 min". */
    minutes: (minutes: number) => {
      const hours = Math.trunc(minutes / 60)
      const rest = unit(minutes % 60, 'minute')
      if (hours === 0) return rest
      return minutes % 60 === 0 ? unit(hours, 'hour') : `${unit(hours, 'hour')} ${rest}`
    },
    number,
    /** "72%", "72 %" for 72 (0–100, as answers have it). */
    percent: (percent: number, digits = 0) =>
      new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: digits }).format(percent / 100),
    list: (words: readonly string[]) => new Intl.ListFormat(language).format(words),
  }
}

export type Formats = ReturnType<typeof formats>
