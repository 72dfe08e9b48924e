// A goal from its form to its progress, and plans in the analytics and in the file.
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

  await page.getByRole('button', { name: 'Edit Read more' }).click()
  await page.getByLabel('Target').fill('60')
  await page.getByRole('button', { name: 'Save goal' }).click()
  await expect(page.getByText('30 of 60')).toBeVisible()
  await page.goto('/')
  await expect(page.getByRole('region', { name: 'Goals', exact: true }).getByRole('progressbar', { name: 'Read more' })).toHaveAttribute('aria-valuenow', '50')

  await page.goto('/goals')
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
  const [head = '', ...rows] = (await readFile(await file.path(), 'utf8')).replace('\uFEFF', '').trim().split(/\r?\n/)
  const columns = head.split(',')
  const { trend } = await learner.api.call('get', '/api/analytics/dashboard')({ query: {} })
  const saved = rows.map((row) => new Map(row.split(',').map((value, place) => [columns[place] ?? '', value])))
  // Row by row what the page shows: a week, and in it today with its 180 minutes.
  expect(saved.map((row) => [row.get('date'), Number(row.get('total_scheduled_minutes')), Number(row.get('completed_tasks_count'))])).toEqual(
    trend.map((day) => [day.date, day.total_scheduled_minutes, day.completed_tasks_count]),
  )
  expect(trend).toHaveLength(7)
  expect(trend.at(-1)).toMatchObject({ date: today, total_scheduled_minutes: 180, completed_tasks_count: 1 })
})
