// The real service for journeys, once a run, with data of its own; and signing in as a reader does.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { test as base, type Page } from '@playwright/test'

const MILEPOST = process.env['MILEPOST'] ?? '../.venv/bin/milepost'
const PORT = process.env['MILEPOST_PORT'] ?? '8110'
const START_SECONDS = 120

async function isReady(address: string): Promise<boolean> {
  return fetch(`${address}/readyz`).then(
    (response) => response.ok,
    () => false,
  )
}

async function started(service: ChildProcess, address: string): Promise<void> {
  for (let second = 0; second < START_SECONDS; second += 1) {
    if (service.exitCode !== null) throw new Error('The service ended while starting.')
    if (await isReady(address)) return
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  throw new Error('The service is not ready.')
}

async function stopped(service: ChildProcess): Promise<void> {
  if (service.exitCode !== null) return
  const end = new Promise((resolve) => service.once('exit', resolve))
  service.kill('SIGTERM')
  await end
}

interface Journey {
  /** Signs in by the demo page; the page is then Home. */
  readonly signIn: (page: Page, name: string) => Promise<void>
}
interface Once {
  readonly service: string
}

export const test = base.extend<Journey, Once>({
  service: [
    // Playwright reads from the first parameter what a fixture needs, so it must be a pattern with a name in it.
    async ({ browserName: _browser }, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'milepost-journeys-'))
      const address = `http://127.0.0.1:${PORT}`
      const service = spawn(MILEPOST, ['run', '--port', PORT, '--data', folder], { stdio: 'inherit' })
      try {
        await started(service, address)
        await use(address)
      } finally {
        await stopped(service)
        rmSync(folder, { recursive: true, force: true })
      }
    },
    { scope: 'worker', timeout: (START_SECONDS + 30) * 1000 },
  ],
  baseURL: async ({ service }, use) => use(service),
  signIn: async ({ baseURL: _address }, use) => {
    await use(async (page, name) => {
      await page.goto('/sign-in')
      await page.getByRole('button', { name: new RegExp(`^${name}\\b`, 'i') }).first().click()
      await page.waitForURL((url) => url.pathname !== '/sign-in')
    })
  },
})

export { expect } from '@playwright/test'
