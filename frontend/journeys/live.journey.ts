// What happens elsewhere appears by itself, in every tab, and is celebrated once.
import type { Page } from '@playwright/test'

import { practise } from './caller'
import { expect, signedIn, test } from './service'

const TABS = 12
const PAGES = ['/', '/skills', '/achievements', '/goals', '/planner', '/analytics', '/activity', '/settings']

test('twelve tabs: the first activity appears in two of them, and one tells of the badge', async ({
  context, newLearner, service,
}) => {
  test.slow()
  const learner = newLearner()
  await signedIn(context, learner.token)
  const tabs = await Promise.all(Array.from({ length: TABS }, () => context.newPage()))
  for (const [place, tab] of tabs.entries()) {
    // The first and the last are Home; between them stands every page.
    await tab.goto(place === TABS - 1 ? '/' : (PAGES[place % PAGES.length] ?? '/'))
    await expect(tab.getByRole('heading', { level: 1 })).toBeVisible()
  }
  const homes = tabs.filter((tab) => new URL(tab.url()).pathname === '/')
  expect(homes.length).toBeGreaterThanOrEqual(2)
  const celebrations = () =>
    Promise.all(tabs.map((tab) => tab.getByRole('button', { name: 'Close this notice' }).count())).then((counts) =>
      counts.reduce((sum, count) => sum + count, 0),
    )
  // The number of the card alone: its calendar is full of numbers.
  const run = (home: Page) => home.getByRole('region', { name: 'Streak', exact: true }).getByText(/days? in a row/).first().locator('..')
  for (const home of homes) await expect(run(home)).toContainText(/^0 /)
  expect(await celebrations()).toBe(0)

  await practise(service, learner.id)
  // Twelve pages at once keep a small machine busy.
  for (const home of homes) await expect(run(home)).toContainText(/^1 day in a row/, { timeout: 30_000 })
  await expect.poll(celebrations).toBe(1)

  // Each tab still answers: none of them holds a connection that another needs.
  for (const tab of tabs) {
    await tab.bringToFront()
    await tab.getByRole('link', { name: 'Settings' }).first().click()
    await expect(tab.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
    await expect(tab.getByRole('combobox', { name: 'Zone' })).toBeVisible()
  }
  expect(await celebrations()).toBe(1)
})

test('being offline is said, and mended', async ({ page, context, newLearner, expected }) => {
  expected.push(/ERR_INTERNET_DISCONNECTED/)
  await signedIn(context, newLearner().token)
  await page.goto('/')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await context.setOffline(true)
  await expect(page.getByText('You are offline.')).toBeVisible()
  await context.setOffline(false)
  await expect(page.getByText('You are offline.')).toBeHidden()
})
