// One number everywhere: what a learner did stands in the API, on every page, in the widget, on a shared page and in files.
import type { Locator, Page } from '@playwright/test'

import { practise, type Caller } from './caller'
import { dateIn } from './dates'
import { PLATFORM } from './places'
import { expect, signedIn, test, type Learner } from './service'
import { closed, exampleSiteAt } from './sites'

/** The first day of the world, the last one, and an odd offset. */
const ZONES = ['Pacific/Kiritimati', 'Pacific/Niue', 'Asia/Kathmandu']

const DAYS = [2, 1, 0]
const EXERCISES = 4
const MINUTES_EACH = 25
const PLANNED = 90

interface Numbers {
  readonly run: number
  readonly exercises: number
  /** Of these, those of the month in which the learner lives: two days ago may be the month before. */
  readonly ofThisMonth: number
  readonly minutes: number
  readonly level: string
  readonly percent: number
}

function exercisesOfThisMonth(zone: string): number {
  const month = dateIn(zone).slice(0, 7)
  return DAYS.filter((daysAgo) => dateIn(zone, -daysAgo).startsWith(month)).length * EXERCISES
}

/** Three days of practice, and a goal of this month. */
async function practiseInZone(learner: Learner, service: Caller, zone: string): Promise<void> {
  await learner.api.call('patch', '/api/me')({ body: { zone } })
  for (const daysAgo of DAYS) await practise(service, learner.id, { daysAgo, count: EXERCISES, minutes: MINUTES_EACH })
  await learner.api.call('post', '/api/goals')({
    body: { name: 'Exercises of this month', target_type: 'exercises', time_period: 'monthly', target_value: 80 },
  })
}

/** Two tasks of today, of which one has a time and is done. */
async function planToday({ api }: Learner, zone: string, offset: string): Promise<void> {
  await api.call('patch', '/api/me')({ body: { zone } })
  const due_day = dateIn(zone)
  const slot = { starts_at: `${due_day}T12:00:00${offset}`, ends_at: `${due_day}T13:30:00${offset}` }
  const { task_id } = await api.call('post', '/api/tasks')({ body: { title: 'One', due_day, scheduled_slots: [slot] } })
  await api.call('post', '/api/tasks')({ body: { title: 'Two', due_day } })
  await api.call('post', '/api/tasks/{task_id}/complete')({ path: { task_id } })
}

async function byApi({ api }: Learner): Promise<Numbers> {
  const progress = await api.call('get', '/api/progress')()
  const streak = await api.call('get', '/api/progress/streak')({ query: {} })
  const { skills } = await api.call('get', '/api/progress/skill-levels')({ query: {} })
  const [goal] = await api.call('get', '/api/goals/progress')({ query: {} })
  if (!('current_streak' in streak)) throw new Error('The learner is in quiet mode.')
  expect(streak.current_streak).toBe(progress.streak?.current_streak)
  expect(skills.map(({ topic, level }) => [topic, level])).toEqual(progress.skills.map(({ topic, level }) => [topic, level]))
  return {
    run: streak.current_streak,
    exercises: progress.exercises_completed,
    minutes: progress.minutes,
    level: skills[0]?.level ?? '',
    ofThisMonth: goal?.achieved_value ?? 0,
    percent: goal?.percent_complete ?? 0,
  }
}

function card(page: Page, name: string): Locator {
  return page.getByRole('region', { name, exact: true })
}

/** A figure of a card by its name. */
function figure(within: Locator, name: RegExp): Locator {
  return within.getByRole('term').filter({ hasText: name }).locator('xpath=following-sibling::dd[1]')
}

async function onPages(page: Page, { run, exercises, ofThisMonth, level, percent }: Numbers): Promise<void> {
  await page.goto('/')
  await expect(card(page, 'Streak').getByText(/days in a row/).first().locator('..')).toContainText(new RegExp(`^${run} `))
  await expect(card(page, 'Goals').getByRole('progressbar', { name: 'Exercises of this month' })).toHaveAttribute('aria-valuenow', String(percent))
  await page.goto('/skills')
  await expect(page.getByRole('heading', { level: 3, name: level, exact: false }).first()).toBeVisible()
  await page.goto('/goals')
  await expect(page.getByText(`${ofThisMonth} of 80`)).toBeVisible()
  await page.goto('/activity')
  await expect(figure(page.locator('main'), /^Exercises/)).toHaveText(String(exercises))
  await expect(card(page, 'Time spent')).toContainText('5 hr')
}

async function onSharedPage(learner: Learner, page: Page, { run, exercises, minutes }: Numbers): Promise<void> {
  const { url } = await learner.api.call('post', '/api/shares')({
    body: { kind: 'progress', fields: ['current_streak', 'exercises', 'minutes'] },
  })
  await page.goto(url)
  for (const [field, value] of [['current_streak', run], ['exercises', exercises], ['minutes', minutes]] as const) {
    await expect(page.locator(`data.${field}`)).toHaveAttribute('value', String(value))
  }
}

async function inFiles({ api }: Learner, { exercises, minutes }: Numbers, from: string): Promise<void> {
  const text = await (await api.ask('get', '/api/progress/export.csv', { query: { from } })).text()
  const [head = '', ...rows] = text.trim().split(/\r?\n/)
  const place = head.split(',').indexOf('duration_seconds')
  expect(rows.length).toBe(exercises)
  expect(rows.reduce((sum, row) => sum + Number(row.split(',')[place]), 0) / 60).toBe(minutes)
}

for (const zone of ZONES) {
  test(`what was done is the same number everywhere, in ${zone}`, async ({ page, context, otherBrowser, newLearner, service }) => {
    const learner = newLearner({ zone })
    await practiseInZone(learner, service, zone)
    const numbers = await byApi(learner)
    const exercises = DAYS.length * EXERCISES
    expect(numbers).toMatchObject({
      run: DAYS.length, exercises, minutes: exercises * MINUTES_EACH, ofThisMonth: exercisesOfThisMonth(zone),
    })
    await signedIn(context, learner.token)
    await onPages(page, numbers)
    await onSharedPage(learner, await otherBrowser(), numbers)
    await inFiles(learner, numbers, dateIn(zone, -7))
  })
}

test('what is planned is the same number in the planner, the analytics, the widget and the file', async ({
  page, context, otherBrowser, newLearner,
}) => {
  const learner = newLearner()
  await planToday(learner, 'Asia/Kathmandu', '+05:45')
  const stats = await learner.api.call('get', '/api/analytics/quick-stats')({ query: { date_range: '7d' } })
  expect(stats).toMatchObject({ total_scheduled_minutes: PLANNED, completed_tasks_count: 1, due_tasks_count: 2, due_completed_tasks_count: 1 })
  await signedIn(context, learner.token)

  await page.goto(`/planner?day=${stats.today}&view=week`)
  await expect(figure(card(page, 'Quick stats'), /^Planned time/)).toHaveText('1 hr 30 min')
  await expect(figure(card(page, 'Quick stats'), /^Tasks completed/)).toHaveText('1')
  await page.goto(`/analytics?from=${stats.from}&to=${stats.to}`)
  await expect(figure(card(page, 'These days'), /^Scheduled/)).toHaveText('1 hr 30 min')
  await expect(figure(card(page, 'These days'), /^Completed tasks/)).toHaveText('1')
  await expect(card(page, 'In short')).toContainText('1 of 2')

  const site = await exampleSiteAt(PLATFORM)
  const visitor = await otherBrowser()
  try {
    await visitor.goto(PLATFORM)
    await visitor.getByLabel('Token of a learner').fill(learner.token)
    await visitor.getByRole('button', { name: 'Sign in' }).click()
    await expect(figure(visitor.locator('milepost-quick-stats').first(), /Planned/)).toHaveText('1 hr 30 min')
    await expect(figure(visitor.locator('milepost-quick-stats').first(), /completed/)).toHaveText('1')
  } finally {
    await closed(site)
  }

  const file = await (await learner.api.ask('get', '/api/analytics/export.csv', { query: { from: stats.from, to: stats.to } })).text()
  const [head = '', ...rows] = file.replace('\uFEFF', '').trim().split(/\r?\n/)
  const place = head.split(',').indexOf('total_scheduled_minutes')
  expect(rows.reduce((sum, row) => sum + Number(row.split(',')[place]), 0)).toBe(PLANNED)
})
