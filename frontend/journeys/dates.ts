// Dates where a learner lives, counted from now.

const DAY = 86_400_000

/** The date so many days from now, where it is now such a date. */
export function dateIn(zone: string, days = 0): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(Date.now() + days * DAY)
}
