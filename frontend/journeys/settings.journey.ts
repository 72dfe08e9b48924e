// Settings: move to another zone, pause, break and repair a run, be quiet, and leave for good.
import { practise } from './caller'
import { dateIn } from './dates'
import { expect, signedIn, test } from './service'

test('moving to another zone moves the day, and locks for a day', async ({ page, context, newLearner }) => {
  const learner = newLearner({ zone: 'Pacific/Honolulu' })
  // The zone of the token is kept with the first thing that the learner does.
  const occurredAt = new Date().toISOString()
  await learner.api.call('post', '/api/activities')({ body: { verb: 'practised', object_type: 'session', occurred_at: occurredAt } })
  await signedIn(context, learner.token)
  await page.goto('/settings')
  const zone = page.getByRole('combobox', { name: 'Zone' })
  await expect(zone).toHaveValue('Pacific/Honolulu')
  await zone.fill('Pacific/Kiritimati')
  await page.getByRole('button', { name: 'Save the zone' }).click()
  await expect(page.getByText('You live in Pacific/Kiritimati now.')).toBeVisible()
  await expect(zone).toBeDisabled()
  await expect(page.getByText('You moved a short time ago.')).toBeVisible()
  const me = await learner.api.call('get', '/api/me')()
  expect(me.timezone).toBe('Pacific/Kiritimati')
  // Honolulu and Kiritimati are 24 hours apart, so the date is another one.
  expect(me.local_day).toBe(dateIn('Pacific/Kiritimati'))
  const progress = await learner.api.call('get', '/api/progress')()
  expect(progress.local_day).toBe(me.local_day)
})

test('a pause is planned, keeps the days ahead excused, and is ended', async ({ page, context, newLearner, service }) => {
  const learner = newLearner()
  await practise(service, learner.id)
  await signedIn(context, learner.token)
  await page.goto('/settings')
  const [first, last] = [dateIn('Europe/Berlin', 2), dateIn('Europe/Berlin', 4)]
  await page.getByLabel('First day').fill(first)
  await page.getByLabel('Last day').fill(last)
  await page.getByLabel('Reason').fill('hiking')
  await page.getByRole('button', { name: 'Plan the pause' }).click()
  await expect(page.getByText('The pause is planned.')).toBeVisible()
  await expect(page.getByText('hiking')).toBeVisible()
  const pauses = await learner.api.call('get', '/api/me/pauses')()
  expect(pauses.pauses.map(({ first_day, last_day }) => [first_day, last_day])).toEqual([[first, last]])
  await page.getByRole('button', { name: /^End the pause/ }).click()
  await expect(page.getByText('The pause has ended.')).toBeVisible()
  await expect(page.getByText('No pause planned.')).toBeVisible()
})

test('a pause that begins today keeps the run of yesterday', async ({ page, context, newLearner, service }) => {
  const learner = newLearner()
  for (const daysAgo of [2, 1]) await practise(service, learner.id, { daysAgo })
  await signedIn(context, learner.token)
  await page.goto('/settings')
  await page.getByLabel('First day').fill(dateIn('Europe/Berlin'))
  await page.getByLabel('Last day').fill(dateIn('Europe/Berlin'))
  await page.getByRole('button', { name: 'Plan the pause' }).click()
  await expect(page.getByText('The pause is planned.')).toBeVisible()
  const streak = await learner.api.call('get', '/api/progress/streak')({ query: {} })
  expect(streak).toMatchObject({ current_streak: 2 })
})

test('a run that broke is repaired', async ({ page, context, newLearner, service }) => {
  const learner = newLearner()
  // Four days, and then nothing on the two days before today: the run ended the day before yesterday.
  for (const daysAgo of [5, 4, 3, 2]) await practise(service, learner.id, { daysAgo })
  const broken = await learner.api.call('get', '/api/progress/streak')({ query: {} })
  expect(broken).toMatchObject({ current_streak: 0, longest_streak: 4 })
  await signedIn(context, learner.token)
  await page.goto('/settings')
  await page.getByRole('button', { name: 'Repair the run' }).click()
  await expect(page.getByText('The run is alive again: 4 days.')).toBeVisible()
  await expect(page.getByText('Nothing to repair.')).toBeVisible()
  const repaired = await learner.api.call('get', '/api/progress/streak')({ query: {} })
  expect(repaired).toMatchObject({ current_streak: 4, longest_streak: 4 })
})

test('quiet mode takes the run away and gives it back', async ({ page, context, newLearner, service }) => {
  const learner = newLearner()
  await practise(service, learner.id)
  await signedIn(context, learner.token)
  await page.goto('/settings')
  await page.getByRole('switch', { name: /^Quiet mode/ }).click()
  await expect(page.getByRole('switch', { name: /^Show me on leaderboards/ })).toBeDisabled()
  expect((await learner.api.call('get', '/api/me')()).quiet).toBe(true)
  expect(await learner.api.call('get', '/api/progress')()).not.toHaveProperty('streak')
  await page.goto('/leaderboard')
  await expect(page.getByText('In quiet mode there are no boards')).toBeVisible()
  await page.goto('/settings')
  await page.getByRole('switch', { name: /^Quiet mode/ }).click()
  await expect(page.getByRole('switch', { name: /^Show me on leaderboards/ })).toBeEnabled()
  expect(await learner.api.call('get', '/api/progress')()).toMatchObject({ streak: { current_streak: 1 } })
})

test('all data is saved as a file, then erased for good', async ({ page, context, newLearner, service }) => {
  const learner = newLearner()
  await practise(service, learner.id)
  await signedIn(context, learner.token)
  await page.goto('/settings')
  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save my data' }).click()
  const file = await saving
  expect(file.suggestedFilename()).toMatch(/\.(json|ndjson|zip)$/)

  await page.getByRole('button', { name: 'Erase my data' }).click()
  const confirm = page.getByRole('button', { name: 'Erase everything' })
  await page.getByLabel(`Type ${learner.id} to confirm`).fill('somebody else')
  await expect(confirm).toBeDisabled()
  await page.getByLabel(`Type ${learner.id} to confirm`).fill(learner.id)
  await confirm.click()
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible()
  expect((await learner.api.ask('get', '/api/progress')).status).toBe(410)
})
