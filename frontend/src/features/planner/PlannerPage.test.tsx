import { screen, waitFor, within } from '@testing-library/react'
import { beforeEach, expect, test } from 'vitest'

import { renderPage } from '@/testing/render'
import { refuses, server } from '@/testing/server'

import { asked, media, planner } from './plannerAnswers'
import { PlannerPage } from './PlannerPage'

beforeEach(() => {
  asked.length = 0
  media(true)
})

test('the week shows slots at the learner’s clock, focus times and what is due', async () => {
  renderPage(<PlannerPage />, { handlers: planner() })
  const monday = await screen.findByRole('group', { name: 'Plan of Monday 23 November' })
  expect(within(monday).getByRole('button', { name: 'Chapter 3 , 17:00 to 18:30, Reading, Open' })).toBeVisible()
  expect(within(monday).getByRole('button', { name: /Exercises , 18:00 to 19:00, No category, Completed/ })).toBeVisible()
  expect(within(monday).getByText('Focus time, 17:00 to 19:00')).toBeInTheDocument()
  expect(within(screen.getByRole('list', { name: 'Due on Monday 23 November' })).getByText('Chapter 3')).toBeVisible()
  expect(screen.getByText('1 hr 30 min')).toBeVisible()
  // Also the day before, whose focus times may reach into Monday.
  expect(asked).toEqual(['from=2026-11-22&to=2026-11-29'])
})

test('overlapping slots stand beside each other', async () => {
  renderPage(<PlannerPage />, { handlers: planner() })
  const chapter = await screen.findByRole('button', { name: /^Chapter 3 , 17/ })
  const exercises = screen.getByRole('button', { name: /^Exercises , 18/ })
  const lane = ({ style }: HTMLElement) => [style.getPropertyValue('--lane'), style.getPropertyValue('--lanes')]
  expect(lane(chapter)).toEqual(['0', '2'])
  expect(lane(exercises)).toEqual(['1', '2'])
})

test('the day and the view stand in the address', async () => {
  const { user, router } = renderPage(<PlannerPage />, { handlers: planner() })
  await user.click(await screen.findByRole('button', { name: 'Week after' }))
  expect(router.state.location.search).toBe('?day=2026-11-30')
  await waitFor(() => expect(asked).toContain('from=2026-11-29&to=2026-12-06'))
  await user.click(screen.getByRole('button', { name: 'Today' }))
  await user.click(screen.getByRole('radio', { name: 'Day' }))
  expect(router.state.location.search).toBe('?view=day')
  expect(await screen.findByText('1 of 2')).toBeVisible()
})

test('a phone shows one day and the week to choose from', async () => {
  media(false)
  const { user, router } = renderPage(<PlannerPage />, { handlers: planner() })
  const strip = await screen.findByRole('group', { name: 'Days of the week' })
  expect(within(strip).getAllByRole('button')).toHaveLength(7)
  expect(screen.getAllByRole('group', { name: /^Plan of/ })).toHaveLength(1)
  await user.click(within(strip).getByRole('button', { name: /^Tue 24/ }))
  expect(router.state.location.search).toBe('?day=2026-11-24&view=day')
  expect(screen.getByRole('group', { name: 'Plan of Tuesday 24 November' })).toBeVisible()
})

test('figures of a day come from the answer and explain themselves', async () => {
  const { user } = renderPage(<PlannerPage />, { handlers: planner(), route: '/?view=day' })
  await user.click(await screen.findByRole('button', { name: 'Why In focus time' }))
  const why = await screen.findByRole('dialog')
  expect(within(why).getByText('Focus time').nextSibling).toHaveTextContent('2 hr')
  expect(within(why).getByText('In focus time').nextSibling).toHaveTextContent('1 hr')
})

test.each([
  ['2026-10-25', '25 hr: the clock goes back', '02:00 ×2'],
  ['2026-03-29', '23 hr: the clock goes forward', null],
])('%s says that its clock changes', async (day, sentence, twice) => {
  const { container } = renderPage(<PlannerPage />, { handlers: planner(), route: `/?day=${day}` })
  expect(await screen.findByText(new RegExp(sentence))).toBeVisible()
  expect(container.textContent.includes('02:00 ×2')).toBe(twice !== null)
})

test('nothing yet leads to the first task and the first category', async () => {
  const { user } = renderPage(<PlannerPage />, { handlers: planner({ planned: [], tasks: [], categories: [] }) })
  expect(await screen.findByText(/Categories give tasks a colour/)).toBeVisible()
  await user.click(await screen.findByRole('button', { name: 'Create a task' }))
  expect(await screen.findByRole('dialog', { name: 'New task' })).toBeVisible()
})

test('an error stays in its card and can be tried again', async () => {
  const { user } = renderPage(<PlannerPage />, { handlers: [refuses('get', '/api/calendar-days', 500, 'internal'), ...planner()] })
  expect(await screen.findByText('Your plan did not arrive. Nothing is lost.')).toBeVisible()
  expect(await screen.findByRole('button', { name: 'Chapter 3' })).toBeVisible()
  server.use(...planner())
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  expect(await screen.findByRole('group', { name: 'Plan of Monday 23 November' })).toBeVisible()
})

test('the planner speaks German', async () => {
  renderPage(<PlannerPage />, { handlers: planner(), language: 'de' })
  expect(await screen.findByRole('group', { name: 'Plan für Montag, 23. November' })).toBeVisible()
  expect(document.title).toBe('Planer · Milepost')
})
