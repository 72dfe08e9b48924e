// Every page in every look: axe, overflow, and no complaint of the browser or of the content policy.
import { expectAccessible, expectGoodEverywhere, expectNoOverflow, settled } from './axe'
import { tokenFor } from './caller'
import { expect, signedIn, test } from './service'

const LEARNER = ['/', '/skills', '/achievements', '/goals', '/planner', '/analytics', '/activity', '/leaderboard', '/settings']
const ADMIN = ['', '/outages', '/learners', '/exercises', '/kinds', '/jobs', '/audit', '/groups'].map((place) => `/admin${place}`)

test.describe.configure({ timeout: 90_000 })

for (const address of LEARNER) {
  test(`${address} with a year of history`, async ({ page, context }) => {
    await signedIn(context, tokenFor('ada'))
    await expectGoodEverywhere(page, address)
  })
}

for (const address of ADMIN) {
  test(`${address} for administrators`, async ({ page, context }) => {
    await signedIn(context, tokenFor('demo-administrator', { role: 'admin' }))
    await expectGoodEverywhere(page, address)
  })
}

test('the sign-in page, and a page that is not there', async ({ page, context }) => {
  await expectGoodEverywhere(page, '/sign-in')
  await signedIn(context, tokenFor('ada'))
  await expectGoodEverywhere(page, '/nowhere')
})

for (const [learner, state] of [['nova', 'nothing yet'], ['tenzin', 'quiet mode']] as const) {
  test(`every page with ${state}`, async ({ page, context }) => {
    await signedIn(context, tokenFor(learner))
    await page.emulateMedia({ reducedMotion: 'reduce' })
    for (const address of LEARNER) {
      await page.goto(address)
      await settled(page)
      await expectAccessible(page, `${address}, ${state}`)
    }
  })
}

test.describe('in German', () => {
  test.use({ locale: 'de-DE' })

  test('every page, without overflow down to 320', async ({ page, context }) => {
    await signedIn(context, tokenFor('ada'))
    await page.emulateMedia({ reducedMotion: 'reduce' })
    for (const address of LEARNER) {
      await page.setViewportSize({ width: 1280, height: 900 })
      await page.goto(address)
      await settled(page)
      await expect(page.locator('html')).toHaveAttribute('lang', 'de')
      await expectAccessible(page, `${address}, German`)
      for (const width of [1280, 390, 320]) {
        await page.setViewportSize({ width, height: 900 })
        await expectNoOverflow(page, `${address}, German, ${width}`)
      }
    }
  })
})

test('every page from right to left', async ({ page, context }) => {
  await signedIn(context, tokenFor('ada'))
  await context.addInitScript(() => {
    const turn = () => document.documentElement.setAttribute('dir', 'rtl')
    document.addEventListener('DOMContentLoaded', turn)
  })
  for (const address of LEARNER) {
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 })
      await page.goto(address)
      await settled(page)
      await expect(page.locator('html')).toHaveAttribute('dir', 'rtl')
      await expectNoOverflow(page, `${address}, rtl, ${width}`)
    }
  }
})

test('forced colours keep every page legible', async ({ page, context }) => {
  await signedIn(context, tokenFor('ada'))
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' })
  for (const address of LEARNER) {
    await page.goto(address)
    await settled(page)
    await expectNoOverflow(page, `${address}, forced colours`)
    await expectAccessible(page, `${address}, forced colours`)
  }
})

test('who prefers less motion sees none', async ({ page, context }) => {
  await signedIn(context, tokenFor('ada'))
  // Noted when they begin: a busy machine may look only after they have ended.
  await page.addInitScript(() => {
    const note = () => {
      const moving = document.getAnimations().filter(({ effect }) => Number(effect?.getComputedTiming().activeDuration ?? 0) > 1)
      if (moving.length > 0) document.documentElement.dataset['moved'] = 'true'
    }
    for (const kind of ['animationstart', 'transitionrun']) document.addEventListener(kind, note, true)
  })
  const moved = page.locator('html[data-moved]')
  await page.emulateMedia({ reducedMotion: 'no-preference' })
  await page.goto('/')
  await expect(moved).toBeAttached()
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('/')
  await settled(page)
  await expect(moved).not.toBeAttached()
})

test('an error stays in its card, is read out, and breaks no rule', async ({ page, context, expected }) => {
  expected.push(/404/)
  await signedIn(context, tokenFor('ada'))
  await page.emulateMedia({ reducedMotion: 'reduce' })
  // A category of somebody else, or none: the service does not know it.
  await page.goto('/analytics?category=00000000-0000-4000-8000-000000000000')
  await expect(page.getByRole('alert').first()).toBeVisible()
  await expect(page.getByRole('button', { name: 'Try again' }).first()).toBeVisible()
  await expect(page.getByRole('region', { name: 'Goals', exact: true })).toBeVisible()
  for (const [colorScheme, width] of [['light', 1280], ['dark', 390]] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.setViewportSize({ width, height: 900 })
    await expectAccessible(page, `an error, ${colorScheme}, ${width}`)
    await expectNoOverflow(page, `an error, ${colorScheme}, ${width}`)
  }
})
