/** The full address of a share. The service gives only its path unless it knows its public address. */
export function fullAddress(url: string): string {
  return new URL(url, window.location.origin).href
}
