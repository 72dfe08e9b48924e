// Prints what a reader waits for on a slow machine: the largest paint of a page, and a click on the navigation until the
// next frame shows its title. `node scripts/figures.mjs http://127.0.0.1:8000 TOKEN`, with a token of a demo learner.
import { existsSync } from 'node:fs'
import process from 'node:process'

import { chromium } from '@playwright/test'

const [address = 'http://127.0.0.1:8000', token = ''] = process.argv.slice(2)
const RUNS = 5
const SLOWER = 4
const PATHS = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** @param {number[]} values */
function median(values) {
  return Math.round(values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN)
}

/**
 * @param {import('@playwright/test').Browser} browser
 * @param {string} path
 */
async function visit(browser, path) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } })
  await context.addInitScript((text) => {
    sessionStorage.setItem('milepost.token', text)
    const seen = { paint: 0, interaction: 0 }
    // Without this, the browser tells only of those that take 104 ms or more.
    const clicks = { type: 'event', buffered: true, durationThreshold: 16 }
    Reflect.set(window, 'seen', seen)
    new PerformanceObserver((list) => {
      seen.paint = list.getEntries().at(-1)?.startTime ?? 0
    }).observe({ type: 'largest-contentful-paint', buffered: true })
    new PerformanceObserver((list) => {
      // Hovering has no id: it is no interaction.
      for (const entry of list.getEntries()) {
        if (Number(Reflect.get(entry, 'interactionId')) > 0) seen.interaction = Math.max(seen.interaction, entry.duration)
      }
    }).observe(clicks)
  }, token)
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
  await page.goto(address + path)
  await page.locator('main h1').waitFor()
  await page.waitForFunction(() => document.querySelector('main [aria-busy="true"]') === null)
  const paint = await page.evaluate(() => Number(Reflect.get(Reflect.get(window, 'seen'), 'paint')))
  await page.locator('nav a[href="/goals"]').last().click()
  await page.waitForURL(/goals$/)
  await page.locator('main h1').waitFor()
  // The browser tells of an interaction after the frame that shows it.
  await page.waitForFunction(() => Number(Reflect.get(Reflect.get(window, 'seen'), 'interaction')) > 0)
  const interaction = await page.evaluate(() => Number(Reflect.get(Reflect.get(window, 'seen'), 'interaction')))
  await context.close()
  return { paint, interaction }
}

const executablePath = PATHS.find((path) => path !== undefined && existsSync(path)) ?? ''
const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
for (const path of ['/', '/analytics']) {
  const visits = []
  for (let run = 0; run < RUNS; run += 1) visits.push(await visit(browser, path))
  const paint = median(visits.map((one) => one.paint))
  const interaction = median(visits.map((one) => one.interaction))
  console.log(`${path}: largest paint ${paint} ms, click to next frame ${interaction} ms (median of ${RUNS}, CPU ${SLOWER} times slower)`)
}
console.log(`Chromium ${browser.version()}`)
await browser.close()
