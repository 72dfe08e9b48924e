// What holds on every page: no rule of WCAG 2.2 AA is broken, and nothing is wider than the window.
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'

import { expect } from './service'

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** The page has its title, and every card has its answer. */
export async function settled(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.locator('main [aria-busy="true"]')).toHaveCount(0, { timeout: 15_000 })
}

/** `only` colours where the elements have been looked at already: they are the same in light and dark. */
export async function expectAccessible(page: Page, state: string, only?: 'colours'): Promise<void> {
  const axe = new AxeBuilder({ page })
  const { violations } = await (only === 'colours' ? axe.withRules(['color-contrast']) : axe.withTags(RULES)).analyze()
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(' ')} ${failureSummary ?? ''}`).join(' | ')}`)
  expect(found, state).toEqual([])
}

export async function expectNoOverflow(page: Page, state: string): Promise<void> {
  const width = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  await expect.poll(width, { message: `${state}: wider than the window` }).toBeLessThanOrEqual(0)
}

/** Light and dark, on a desk and on a phone, and without overflow on the smallest. */
export async function expectGoodEverywhere(page: Page, address: string): Promise<void> {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  for (const [width, height] of [[1280, 900], [390, 844]] as const) {
    await page.setViewportSize({ width, height })
    await page.goto(address)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await settled(page)
      const state = `${address}, ${colorScheme}, ${width}`
      await expectAccessible(page, state, ...(colorScheme === 'dark' ? (['colours'] as const) : []))
      await expectNoOverflow(page, state)
    }
  }
  await page.setViewportSize({ width: 320, height: 800 })
  await expectNoOverflow(page, `${address}, 320`)
}
