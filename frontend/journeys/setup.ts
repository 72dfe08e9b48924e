// Starts the real service before the first journey and stops it after the last: one with the demo learners for all
// journeys, and one without them for the ways of signing in that need settings. A journey that fails restarts neither.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { ADDRESS, COOKIE, PLATFORM, SECRET, SIGN_IN_ADDRESS } from './places'

const MILEPOST = process.env['MILEPOST'] ?? '../.venv/bin/milepost'
const START_SECONDS = 150

interface Started {
  readonly stop: () => Promise<void>
}

function isReady(address: string): Promise<boolean> {
  return fetch(`${address}/readyz`).then(
    (response) => response.ok,
    () => false,
  )
}

async function untilReady(service: ChildProcess, address: string): Promise<void> {
  const end = Date.now() + START_SECONDS * 1000
  while (Date.now() < end) {
    if (service.exitCode !== null) throw new Error(`The service at ${address} ended while starting.`)
    if (await isReady(address)) return
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  throw new Error(`The service at ${address} is not ready after ${START_SECONDS} seconds.`)
}

async function start(address: string, settings: Readonly<Record<string, string>>, ...options: string[]): Promise<Started> {
  // One that runs already is used as it is: whoever writes journeys need not wait for a start.
  if (await isReady(address)) return { stop: () => Promise.resolve() }
  const folder = mkdtempSync(join(tmpdir(), 'milepost-journeys-'))
  const environment = { ...process.env, MILEPOST_JWT_SECRET: SECRET, ...settings }
  const port = new URL(address).port
  const service = spawn(MILEPOST, ['run', '--port', port, '--data', folder, ...options], {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const failed = new Promise<never>((_, reject) => service.once('error', reject))
  const stop = async () => {
    if (service.exitCode === null && service.pid !== undefined) {
      const end = new Promise((resolve) => service.once('exit', resolve))
      service.kill('SIGTERM')
      await end
    }
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await Promise.race([untilReady(service, address), failed])
  } catch (error) {
    await stop()
    throw error
  }
  return { stop }
}

export default async function setup(): Promise<() => Promise<void>> {
  const waysIn = { MILEPOST_SIGN_IN_COOKIE: COOKIE, MILEPOST_SIGN_IN_MESSAGE_ORIGINS: PLATFORM }
  const starting = [start(ADDRESS, { MILEPOST_CORS_ORIGINS: PLATFORM }), start(SIGN_IN_ADDRESS, waysIn, '--no-demo')]
  const stop = async () => {
    for (const one of await Promise.allSettled(starting)) if (one.status === 'fulfilled') await one.value.stop()
  }
  try {
    await Promise.all(starting)
  } catch (error) {
    await stop()
    throw error
  }
  return stop
}
