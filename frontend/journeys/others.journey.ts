// What others see: boards, shared links, and badges that an administrator makes.
import { practise } from './caller'
import { expect, signedIn, test } from './service'

test('a learner joins the boards, is seen, and leaves', async ({ page, context, newLearner, service }) => {
  const learner = newLearner()
  await practise(service, learner.id)
  await signedIn(context, learner.token)
  await page.goto('/leaderboard')
  await page.getByLabel('Name on the boards (optional)').fill('Wanderer')
  await page.getByRole('button', { name: 'Join the boards' }).click()
  await expect(page.getByText('You are on the boards as Wanderer.')).toBeVisible()
  const board = await learner.api.call('get', '/api/leaderboards')({ query: { metric: 'points', period: 'week', around: 'me' } })
  expect(JSON.stringify(board)).toContain('Wanderer')
  await page.getByRole('button', { name: 'Leave the boards' }).click()
  await expect(page.getByText('You are not on the boards')).toBeVisible()
  expect((await learner.api.call('get', '/api/me')()).boards).toBe(false)
})

test('a shared link opens for everybody until it is revoked', async ({ page, context, otherBrowser, newLearner, service, expected }) => {
  // The link is opened once more after it is revoked.
  expected.push(/404 .*\/s\//)
  const learner = newLearner()
  await practise(service, learner.id)
  await signedIn(context, learner.token)
  await page.goto('/settings')
  await page.getByRole('button', { name: 'Share progress' }).click()
  await page.getByRole('checkbox', { name: 'Current streak' }).check()
  await page.getByRole('checkbox', { name: 'Exercises' }).check()
  await page.getByRole('button', { name: 'Make the link' }).click()
  const address = await page.getByRole('dialog').getByRole('link').getAttribute('href')
  const stranger = await otherBrowser()
  const opened = await stranger.goto(address ?? '')
  expect(opened?.status()).toBe(200)
  await expect(stranger.getByText('1', { exact: true }).first()).toBeVisible()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /^Revoke: / }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await expect(page.getByText('Link revoked: Progress')).toBeVisible()
  expect((await stranger.goto(address ?? ''))?.status()).toBe(404)
})

test('an administrator drafts, tries and activates a badge, and a learner has it', async ({
  page, context, otherBrowser, newLearner, service, admin, expected,
}) => {
  // The editor has the definition checked while it is being written.
  expected.push(/422 .*\/api\/admin\/achievements\)/)
  test.setTimeout(90_000)
  const learner = newLearner()
  const code = `journey-${Date.now()}`
  await practise(service, learner.id)
  await signedIn(context, admin.token)
  await page.goto('/admin')
  await page.getByRole('button', { name: 'New achievement' }).click()
  const form = page.getByRole('dialog')
  await form.getByLabel('Title').fill('Off we go')
  await form.getByLabel('Code').fill(code)
  await form.getByLabel('Description').fill('One exercise is completed.')
  await form.getByLabel('Category').fill('beginnings')
  await form.getByLabel('Points').fill('5')
  await form.getByLabel('What is counted').selectOption('exercises_completed')
  await form.getByLabel('At least').fill('1')
  await form.getByRole('button', { name: 'Save as draft' }).click()
  await expect(page.getByText('“Off we go” is saved.')).toBeVisible()
  await expect(page.getByText('Would get it', { exact: true })).toBeVisible()
  expect(JSON.stringify(await learner.api.call('get', '/api/progress/achievements')({ query: {} }))).not.toContain(code)

  await page.getByRole('button', { name: 'Activate' }).click()
  await page.getByRole('dialog').last().getByRole('button', { name: 'Activate' }).last().click()
  await expect(page.getByText(/“Off we go” is active/)).toBeVisible()
  const isEarned = async () => {
    const { achievements } = await learner.api.call('get', '/api/progress/achievements')({ query: {} })
    return achievements.some((one) => one.code === code && one.unlocked)
  }
  await expect.poll(isEarned, { timeout: 60_000 }).toBe(true)
  const their = await otherBrowser(learner.token)
  await their.goto('/achievements?show=earned')
  await expect(their.getByText('Off we go').first()).toBeVisible()
  // Other journeys count what there is to earn.
  await admin.call('post', '/api/admin/achievements/{code}/retire')({ path: { code } })
})
