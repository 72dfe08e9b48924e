// Planning on the learner's clock, across the night on which it goes back.
import { expect, signedIn, test } from './service'

/** The next day on which the clock of Berlin goes back: the last Sunday of an October. */
function nextChange(): string {
  const now = new Date()
  for (const year of [now.getUTCFullYear(), now.getUTCFullYear() + 1]) {
    const last = new Date(Date.UTC(year, 9, 31))
    last.setUTCDate(31 - last.getUTCDay())
    if (last.getTime() > now.getTime() + 86_400_000) return last.toISOString().slice(0, 10)
  }
  throw new Error('No such day.')
}

test('a task through the hour that comes twice has all its minutes', async ({ page, context, newLearner }) => {
  const learner = newLearner()
  const day = nextChange()
  await learner.api.call('patch', '/api/me')({ body: { zone: 'Europe/Berlin' } })
  await signedIn(context, learner.token)
  await page.goto(`/planner?day=${day}&view=day`)
  await expect(page.getByText(/has 25 hr.*the clock goes back/)).toBeVisible()
  await page.getByRole('button', { name: 'New task', exact: true }).click()
  const form = page.getByRole('dialog')
  await form.getByLabel('Title').fill('Night shift')
  if ((await form.getByLabel('Begins at').count()) === 0) await form.getByRole('button', { name: 'Add a time' }).click()
  await form.getByLabel('Begins on').fill(day)
  await form.getByLabel('Begins at').fill('01:00')
  await form.getByLabel('Ends on').fill(day)
  await form.getByLabel('Ends at').fill('04:00')
  await form.getByRole('button', { name: 'Create task' }).click()
  await expect(page.getByText('Task created')).toBeVisible()
  const { days } = await learner.api.call('get', '/api/calendar-days')({ query: { from: day, to: day } })
  // From one to four o'clock are three hours on the clock, and four in truth.
  expect(days.map(({ total_scheduled_minutes: minutes }) => minutes)).toEqual([240])
  await expect(page.getByText('4 hr', { exact: true }).first()).toBeVisible()
})
