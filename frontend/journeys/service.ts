// What every journey has: the address of the service, learners of its own, calls beside the browser, and a watch.
import { randomUUID } from 'node:crypto'

import { test as base, type BrowserContext, type Page } from '@playwright/test'

import { Caller, tokenFor, type Role } from './caller'
import { ADDRESS } from './places'
import { watch } from './watch'

interface LearnerOptions {
  readonly zone?: string
  readonly name?: string
}

/** A learner that no other journey uses. */
export interface Learner {
  readonly id: string
  readonly token: string
  readonly api: Caller
}

interface Journey {
  readonly newLearner: (options?: LearnerOptions) => Learner
  readonly service: Caller
  readonly admin: Caller
  /** A page in another browser: of the learner of a token, or of somebody without one. */
  readonly otherBrowser: (token?: string) => Promise<Page>
  /** Signs in by the demo page; the page is then Home. */
  readonly signIn: (page: Page, name: string) => Promise<void>
  /** Faults of the browser that the journey expects, such as the 404 of a link that it opens on purpose. */
  readonly expected: RegExp[]
}

function caller(role: Role): Caller {
  return new Caller(ADDRESS, tokenFor(`journey-${role}`, { role }))
}

function expectNoFaults(faults: readonly string[], expected: readonly RegExp[]): void {
  const wrong = faults.filter((fault) => !expected.some((pattern) => pattern.test(fault)))
  if (wrong.length > 0) throw new Error(`The browser complained:\n${wrong.join('\n')}`)
}

export const test = base.extend<Journey>({
  baseURL: ADDRESS,
  newLearner: async ({ browserName: _browser }, use) => {
    await use(({ zone = 'Europe/Berlin', name } = {}) => {
      const id = `journey-${randomUUID()}`
      const token = tokenFor(id, { zone, ...(name !== undefined && { name }) })
      return { id, token, api: new Caller(ADDRESS, token) }
    })
  },
  service: async ({ browserName: _browser }, use) => use(caller('service')),
  admin: async ({ browserName: _browser }, use) => use(caller('admin')),
  expected: async ({ browserName: _browser }, use) => use([]),
  context: async ({ context, expected }, use) => {
    const faults = watch(context)
    await use(context)
    expectNoFaults(faults, expected)
  },
  otherBrowser: async ({ browser, expected }, use) => {
    const opened: { context: BrowserContext; faults: string[] }[] = []
    await use(async (token) => {
      const context = await browser.newContext({ baseURL: ADDRESS })
      opened.push({ context, faults: watch(context) })
      if (token !== undefined) await signedIn(context, token)
      return context.newPage()
    })
    for (const { context } of opened) await context.close()
    expectNoFaults(opened.flatMap(({ faults }) => faults), expected)
  },
  signIn: async ({ browserName: _browser }, use) => {
    await use(async (page, name) => {
      await page.goto('/sign-in')
      await page.getByRole('button', { name: new RegExp(`^${name}\\b`, 'i') }).first().click()
      await page.waitForURL((url) => url.pathname !== '/sign-in')
    })
  },
})

/** Every page of the context, and of each tab to come, begins with this token. */
export async function signedIn(context: BrowserContext, token: string): Promise<void> {
  await context.addInitScript((text) => {
    // Empty pages have no storage. A journey may sign out.
    if (window.location.origin !== 'null' && window.top === window && sessionStorage.getItem('journey') === null) {
      sessionStorage.setItem('journey', 'begun')
      sessionStorage.setItem('milepost.token', text)
    }
  }, token)
}

export { expect } from '@playwright/test'
