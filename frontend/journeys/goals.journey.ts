// A goal from its form to its progress, the dashboard of plans and the file; and one number on every surface.
import { readFile } from 'node:fs/promises'

import { practise } from './caller'
import { expect, signedIn, test } from './service'

test('a goal is created, progresses, is edited, archived and brought back', async ({ page, context, newLearner, service }) => {
  const learner = newLearner()
  await signedIn(context, learner.token)
  await page.goto('/goals')
  await page.getByRole('button', { name: 'Set a goal' }).click()
  await page.getByRole('button', { name: 'Create goal' }).click()
  await expect(page.getByText('A goal needs a name.')).toBeVisible()
  await page.getByLabel('Name').fill('Read more')
  await page.getByLabel('Target').fill('40')
  await page.getByRole('button', { name: 'Create goal' }).click()
  await expect(page.getByText('Read more is saved.')).toBeVisible()
  await expect(page.getByText('40 minutes a week')).toBeVisible()

  await practise(service, learner.id, { minutes: 30 })
  await expect(page.getByText('30 of 40')).toBeVisible()
  const [goal] = (await learner.api.call('get', '/api/goals')({ query: { with: 'progress' } })).goals
  expect(goal).toMatchObject({ name: 'Read more', progress: { achieved_value: 30, percent_complete: 75 } })

  await page.getByRole('button', { name: 'Archive Read more' }).click()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByRole('heading', { name: 'Read more' })).toBeVisible()
})

test('what is planned and completed stands in Analytics and in the file', async ({ page, context, newLearner }) => {
  const learner = newLearner({ zone: 'UTC' })
  const today = new Date().toISOString().slice(0, 10)
  const slot = { starts_at: `${today}T09:00:00Z`, ends_at: `${today}T10:30:00Z` }
  const add = (title: string) =>
    learner.api.call('post', '/api/tasks')({ body: { title, due_day: today, scheduled_slots: [slot] } })
  const { task_id } = await add('First chapter')
  await add('Second chapter')
  await learner.api.call('post', '/api/tasks/{task_id}/complete')({ path: { task_id } })
  await signedIn(context, learner.token)
  await page.goto('/analytics')
  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save these days as CSV' }).click()
  const file = await saving
  await expect(page.getByText(/^CSV saved: /)).toBeVisible()
  const rows = (await readFile(await file.path(), 'utf8')).trim().split(/\r?\n/)
  const dashboard = await learner.api.call('get', '/api/analytics/dashboard')({ query: {} })
  const row = rows.find((line) => line.includes(today))
  expect(row?.split(',')).toContain('180')
  expect(rows.length - 1).toBeGreaterThanOrEqual(7)
  expect(JSON.stringify(dashboard)).toContain('180')
})
