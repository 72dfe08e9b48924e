/** The browser's locks; null on a page over plain http, which browsers give none. */
export function locks(): LockManager | null {
  return typeof LockManager === 'undefined' ? null : navigator.locks
}
