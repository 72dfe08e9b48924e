/** The zone of the administrator's browser: instants of the installation are shown in it. */
export function browserZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** The instant of a native date-and-time input, which has no zone: the browser's is meant. Null if it is not whole. */
export function instantOf(local: string): string | null {
  const instant = new Date(local)
  return local === '' || Number.isNaN(instant.getTime()) ? null : instant.toISOString()
}

/** An instant as the value of such an input, in the browser's zone, to the second. */
export function localOf(instant: string): string {
  const at = new Date(instant)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}
