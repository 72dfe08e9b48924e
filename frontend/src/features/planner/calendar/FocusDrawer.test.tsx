import { notifications } from '@mantine/notifications'
import { screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { renderPage } from '@/testing/render'
import { answers, server } from '@/testing/server'

import { media, planner, sent } from '../plannerAnswers'
import { PlannerPage } from '../PlannerPage'

beforeEach(() => {
  media(true)
})
// Toasts outlive the page that showed them.
afterEach(() => notifications.clean())

test('a time that the clock skips is not sent', async () => {
  const { user } = renderPage(<PlannerPage />, { handlers: planner(), route: '/?day=2026-03-29&view=day' })
  server.use(answers('get', '/api/calendar-days/{day}', { etag: '"d1"', day: '2026-03-29', focus_slots: [] }))
  const calls = sent('put', '/api/calendar-days/2026-03-29', {})
  await user.click(await screen.findByRole('button', { name: 'Focus times' }))
  const begins = await screen.findByLabelText('Begins at')
  await user.clear(begins)
  await user.type(begins, '02:30')
  expect(begins).toHaveAccessibleDescription('The clock skips this time on that day.')
  await user.click(screen.getByRole('button', { name: 'Save' }))
  expect(calls).toHaveLength(0)
})

test('focus times of a repeated hour ask which one', async () => {
  const { user } = renderPage(<PlannerPage />, { handlers: planner(), route: '/?day=2026-10-25&view=day' })
  server.use(answers('get', '/api/calendar-days/{day}', { etag: '"d1"', day: '2026-10-25', focus_slots: [] }))
  const calls = sent('put', '/api/calendar-days/2026-10-25', { etag: '"d2"', day: '2026-10-25', focus_slots: [] })
  await user.click(await screen.findByRole('button', { name: 'Focus times' }))
  const begins = await screen.findByLabelText('Begins at')
  await user.clear(begins)
  await user.type(begins, '02:30')
  await user.selectOptions(screen.getByLabelText('Which begin'), 'The second, after the change')
  await user.click(screen.getByRole('button', { name: 'Save' }))
  await waitFor(() => expect(calls).toHaveLength(1))
  expect(calls[0]).toMatchObject({
    ifMatch: '"d1"', body: { focus_slots: [{ starts_at: '2026-10-25T01:30:00Z', ends_at: '2026-10-25T17:00:00Z' }] },
  })
})
