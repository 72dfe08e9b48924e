// Every way into the dashboard: the demo, a one-time code, a message of the platform, its cookie.
import type { Server } from 'node:http'

import type { Page } from '@playwright/test'

import { Caller, tokenFor } from './caller'
import { COOKIE, PLATFORM, SIGN_IN_ADDRESS, STRANGER } from './places'
import { expect, signedIn, test } from './service'
import { closed, siteAt } from './sites'

async function codeFor(address: string, token: string): Promise<string> {
  const service = new Caller(address, tokenFor('journey-service', { role: 'service' }))
  const { code } = await service.call('post', '/api/sign-in/codes')({ body: { token } })
  return code
}

async function expectSignedIn(page: Page | ReturnType<Page['frameLocator']>, learner: string): Promise<void> {
  await expect(page.getByText(learner, { exact: true })).toBeVisible()
}

/** A page of another site that shows the dashboard and answers it, or forges a token, in its own tag. */
function framingSiteAt(origin: string, token: string): Promise<Server> {
  const page = `<!doctype html><title>Tutor</title><iframe src="${SIGN_IN_ADDRESS}/" width="1200" height="800"></iframe>
    <output></output><script>
    addEventListener('message', ({ origin, source, data }) => {
      if (origin !== '${SIGN_IN_ADDRESS}' || data?.type !== 'milepost-ready') return;
      source.postMessage({ type: 'milepost-token', token: '${token}' }, origin);
      document.querySelector('output').textContent = 'asked';
    });
    </script>`
  return siteAt(origin, (path) => ['text/html', path === '/' ? page : '<!doctype html><title>Tutor</title>'])
}

test('the demo: a learner, out again, and the administrator', async ({ page, signIn }) => {
  await signIn(page, 'ada')
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Good to see you')
  await expect(page).toHaveTitle(/Milepost/)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible()
  await page.reload()
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible()
  await signIn(page, 'demo-administrator')
  await expect(page).toHaveURL(/\/admin$/)
})

test('a page asked for without a sign-in is where the sign-in leads', async ({ page }) => {
  await page.goto('/goals?goals=archived')
  await page.getByRole('button', { name: /^Hana\b/ }).click()
  await expect(page).toHaveURL(/\/goals\?goals=archived$/)
})

test('a one-time code signs in once and leaves no trace in the address', async ({ page, newLearner, expected }) => {
  const learner = newLearner()
  const code = await codeFor(learner.api.address, learner.token)
  await page.goto('about:blank')
  await page.goto(`/sign-in#code=${code}`)
  await expectSignedIn(page, learner.id)
  expect(page.url()).not.toContain('code')
  await page.goBack()
  expect(page.url()).not.toContain(code)
  await page.goForward()
  await expectSignedIn(page, learner.id)
  expect(page.url()).not.toContain('code')

  expected.push(/403/)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.goto(`/sign-in#code=${code}`)
  // The address differs from the one before in its fragment alone, which loads nothing.
  await page.reload()
  await expect(page.getByRole('alert')).toContainText('This link has been used or has expired.')
  expect(page.url()).not.toContain('code')
})

test('the platform hands a token over by message; nobody else can', async ({ page, newLearner, expected }) => {
  const learner = newLearner()
  const platform = await framingSiteAt(PLATFORM, learner.token)
  try {
    await page.goto(PLATFORM)
    const frame = page.frameLocator('iframe')
    await expectSignedIn(frame, learner.id)
    await expect(page.getByText('asked')).toBeVisible()
  } finally {
    await closed(platform)
  }
  expected.push(/frame-ancestors/)
  const stranger = await framingSiteAt(STRANGER, learner.token)
  try {
    const refused = page.waitForEvent('requestfailed', (request) => request.url() === `${SIGN_IN_ADDRESS}/`)
    await page.goto(STRANGER)
    await refused
    await expect(page.frameLocator('iframe').getByText(learner.id)).toHaveCount(0)
  } finally {
    await closed(stranger)
  }
})

test('the page that opened the dashboard hands a token over if it is the platform, and is ignored if not', async ({ page, context, newLearner }) => {
  const learner = newLearner()
  for (const [origin, isTrusted] of [[STRANGER, false], [PLATFORM, true]] as const) {
    const site = await framingSiteAt(origin, '')
    try {
      await page.goto(`${origin}/opener`)
      const opening = context.waitForEvent('page')
      await page.evaluate((address) => void window.open(address, 'dashboard'), `${SIGN_IN_ADDRESS}/`)
      const dashboard = await opening
      await expect(dashboard.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible()
      const send = ([address = '', token = '']: readonly string[]) => {
        window.open('', 'dashboard')?.postMessage({ type: 'milepost-token', token }, address)
      }
      await page.evaluate(send, [SIGN_IN_ADDRESS, learner.token])
      if (isTrusted) await expectSignedIn(dashboard, learner.id)
      // Messages arrive in their order: this one comes after the other.
      await dashboard.evaluate(() => new Promise((resolve) => {
        window.addEventListener('message', resolve, { once: true })
        window.postMessage('after', location.origin)
      }))
      const kept = await dashboard.evaluate(() => sessionStorage.getItem('milepost.token'))
      expect(kept).toBe(isTrusted ? learner.token : null)
      await dashboard.close()
    } finally {
      await closed(site)
    }
  }
})

test("the platform's cookie signs in, writes too, and needs no token in the page", async ({ page, context, newLearner }) => {
  const learner = newLearner()
  const bring = (token: string) => context.addCookies([{ name: COOKIE, value: token, url: SIGN_IN_ADDRESS, httpOnly: true, sameSite: 'Strict' }])
  await bring(learner.token)
  await page.goto(`${SIGN_IN_ADDRESS}/settings`)
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
  await page.getByRole('textbox', { name: 'Name' }).fill('Cookie')
  await page.getByRole('button', { name: 'Save the name' }).click()
  await expect(page.getByText('The name is saved.')).toBeVisible()
  // What is typed to erase is the platform's id, as with a token.
  await page.getByRole('button', { name: 'Erase my data' }).click()
  await expect(page.getByLabel(`Type ${learner.id} to confirm`)).toBeVisible()

  await bring(tokenFor('journey-admin', { role: 'admin' }))
  await page.goto(`${SIGN_IN_ADDRESS}/admin/jobs`)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.getByRole('link', { name: 'Jobs' }).first()).toBeVisible()
  expect(await page.evaluate(() => sessionStorage.getItem('milepost.token'))).toBeNull()
})

test('a token that has ended leads to the sign-in page', async ({ page, context, newLearner, expected }) => {
  expected.push(/401/)
  await signedIn(context, tokenFor(newLearner().id, { seconds: -600 }))
  await page.goto('/settings')
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible()
})
