// Whatever the browser complains of: errors in the console, exceptions, and violations of the content policy.
import type { BrowserContext } from '@playwright/test'

/** Pages for the public run no script at all, so none of those that journeys add. */
const OF_THE_JOURNEYS = /^Blocked script execution in '[^']*\/s\//

/** The complaints of all pages of a context, as they come. */
export function watch(context: BrowserContext): string[] {
  const faults: string[] = []
  context.on('console', (message) => {
    if (OF_THE_JOURNEYS.test(message.text())) return
    if (message.type() === 'error' || message.text().includes('securitypolicyviolation')) {
      faults.push(`${message.text()} (${message.location().url})`)
    }
  })
  context.on('weberror', (error) => faults.push(String(error.error())))
  void context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error(`securitypolicyviolation ${violatedDirective} ${blockedURI}`),
    )
  })
  return faults
}
