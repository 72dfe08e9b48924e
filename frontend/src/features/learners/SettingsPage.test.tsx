import { screen, waitFor, within } from '@testing-library/react'
import { expect, test, vi } from 'vitest'

import type { Answer } from '@/api/client'
import { token } from '@/api/token'
import { renderPage } from '@/testing/render'
import { answers, refuses, server } from '@/testing/server'

import { SettingsPage } from './SettingsPage'

const ME: Answer<'/api/me'> = {
  learner_id: '4cf263bc-d35d-579a-a9d4-32bce3e7f523', timezone: 'Europe/Berlin', zone_source: 'claim', zone_hint: null,
  zone_change_allowed_at: null, local_day: '2026-11-21', quiet: false, display_name: 'Ada', display_name_hint: null,
  boards: false, digest_weekday: null,
}
const PAUSES: Answer<'/api/me/pauses'> = {
  pauses: [{ id: 'p', first_day: '2026-11-23', last_day: '2026-11-25', reason: 'Holiday', created_at: '2026-11-20T08:00:00Z' }],
  days_used: 3, days_allowed: 60,
}
const STREAK = {
  current_streak: 22, longest_streak: 22, state: 'active', met_today: true, paused: false, last_exercise_date: '2026-11-21',
  freezes: 2, freezes_pending: 0, next_freeze_in_days: null, expires_at: '2026-11-24T23:00:00Z', local_day: '2026-11-21',
  timezone: 'Europe/Berlin', repairable_until: null, month: '2026-11', from: '2026-11-01', to: '2026-11-30',
  today: '2026-11-21', calendar: [],
} satisfies Answer<'/api/progress/streak'>

function settings(me: Partial<typeof ME> = {}, streak: Partial<Answer<'/api/progress/streak'>> = {}) {
  return [
    answers('get', '/api/me', { ...ME, ...me }),
    answers('get', '/api/me/pauses', PAUSES),
    answers('get', '/api/shares', { shares: [] }),
    answers('get', '/api/progress/achievements', { unlocked: 0, total: 0, points: 0, rarity_as_of: null, achievements: [] }),
    answers('get', '/api/progress/streak', { ...STREAK, ...streak }),
  ]
}

async function section(name: string) {
  return within(await screen.findByRole('region', { name }))
}

test('a zone that does not exist is refused at its field', async () => {
  const { user } = renderPage(<SettingsPage />, { handlers: settings() })
  const zone = await section('Time zone')
  const field = await zone.findByRole('combobox', { name: 'Zone' })
  expect(field).toHaveValue('Europe/Berlin')
  const { http, HttpResponse } = await import('msw')
  server.use(
    http.patch('http://localhost:3000/api/me', () =>
      HttpResponse.json(
        {
          status: 422, code: 'invalid_body', detail: 'The body has invalid values.', request_id: 'req-2',
          errors: [{ pointer: '/zone', code: 'unknown_zone', message: 'is not a time zone', values: {} }],
        },
        { status: 422, headers: { 'Content-Type': 'application/problem+json' } },
      ),
    ),
  )
  await user.clear(field)
  await user.type(field, 'Mars/Olympus')
  await user.click(zone.getByRole('button', { name: 'Save the zone' }))
  expect(await zone.findByText('is not a time zone')).toBeVisible()
  expect(field).toBeInvalid()
})

test('a zone that was changed a short time ago says when it may change again', async () => {
  renderPage(<SettingsPage />, { handlers: settings({ zone_change_allowed_at: '2026-11-28T08:00:00Z' }) })
  const zone = await section('Time zone')
  expect(await zone.findByText(/again from 28 Nov, 09:00/)).toBeVisible()
  expect(zone.getByRole('button', { name: 'Save the zone' })).toBeDisabled()
})

test('quiet mode sends only its own change', async () => {
  const { user } = renderPage(<SettingsPage />, { handlers: settings() })
  const quiet = await section('Quiet mode')
  const sent = vi.fn()
  server.use(
    answers('patch', '/api/me', async ({ request }) => {
      sent(await request.json())
      return { ...ME, quiet: true }
    }),
    ...settings({ quiet: true }),
  )
  await user.click(await quiet.findByRole('switch', { name: /^Quiet mode/ }))
  await waitFor(() => expect(sent).toHaveBeenCalledWith({ quiet: true }))
  const others = await section('What others see')
  await waitFor(() => expect(others.getByRole('switch', { name: /^Show me on leaderboards/ })).toBeDisabled())
})

test('an emptied name is no name', async () => {
  const { user } = renderPage(<SettingsPage />, { handlers: settings() })
  const others = await section('What others see')
  const sent = vi.fn()
  server.use(
    answers('patch', '/api/me', async ({ request }) => {
      sent(await request.json())
      return { ...ME, display_name: null }
    }),
  )
  await user.clear(await others.findByRole('textbox', { name: 'Name' }))
  await user.click(others.getByRole('button', { name: 'Save the name' }))
  await waitFor(() => expect(sent).toHaveBeenCalledWith({ display_name: null }))
})

test('a pause is planned by its days, and one that is backwards is not sent', async () => {
  const { user } = renderPage(<SettingsPage />, { handlers: settings() })
  const pauses = await section('Pauses')
  expect(await pauses.findByText('3 of 60 days used within a year.')).toBeVisible()
  const plan = pauses.getByRole('button', { name: 'Plan the pause' })
  await user.type(pauses.getByLabelText('First day'), '2026-12-20')
  await user.type(pauses.getByLabelText('Last day'), '2026-12-19')
  expect(pauses.getByText('The last day is before the first.')).toBeVisible()
  expect(plan).toBeDisabled()
  const sent = vi.fn()
  server.use(
    answers('post', '/api/me/pauses', async ({ request }) => {
      sent(await request.json())
      return { revision: 9, streak: STREAK, pause: null }
    }),
  )
  await user.clear(pauses.getByLabelText('Last day'))
  await user.type(pauses.getByLabelText('Last day'), '2026-12-27')
  await user.click(plan)
  await waitFor(() => expect(sent).toHaveBeenCalledWith({ first_day: '2026-12-20', last_day: '2026-12-27', reason: '' }))
})

test('a run that ended can be repaired until the service says so', async () => {
  const { user } = renderPage(<SettingsPage />, { handlers: settings({}, { repairable_until: '2026-11-22T09:00:00Z' }) })
  const repair = await section('Repair')
  expect(await repair.findByText(/until 22 Nov, 10:00/)).toBeVisible()
  server.use(refuses('post', '/api/me/streak-repair', 409, 'repair_not_possible'))
  await user.click(repair.getByRole('button', { name: 'Repair the run' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('A repair is not possible now.')
})

test('erasing asks for the typed id and signs out', async () => {
  const { user } = renderPage(<SettingsPage />, { handlers: settings() })
  const erase = await section('Erase everything')
  await user.click(erase.getByRole('button', { name: 'Erase my data' }))
  const confirm = erase.getByRole('button', { name: 'Erase everything' })
  await user.type(erase.getByRole('textbox', { name: 'Type ada to confirm' }), 'adam')
  expect(confirm).toBeDisabled()
  await user.type(erase.getByRole('textbox', { name: 'Type ada to confirm' }), '{Backspace}')
  server.use(answers('delete', '/api/me', { status: 'erased' }))
  await user.click(confirm)
  await waitFor(() => expect(token()).toBeNull())
})

test('settings speak German, and the choice is kept', async () => {
  const { user } = renderPage(<SettingsPage />, { handlers: settings() })
  await user.click(await screen.findByRole('radio', { name: 'Deutsch' }))
  expect(await screen.findByRole('heading', { name: 'Einstellungen' })).toBeVisible()
  expect(localStorage.getItem('milepost.language')).toBe('de')
})

test('each card keeps its own error', async () => {
  renderPage(<SettingsPage />, {
    handlers: [refuses('get', '/api/me/pauses', 500, 'internal'), ...settings()],
  })
  const pauses = await section('Pauses')
  expect(await pauses.findByRole('alert')).toHaveTextContent('req-1')
  expect(await (await section('Time zone')).findByRole('combobox', { name: 'Zone' })).toBeVisible()
})

test('the day of the weekly summary is chosen, and taken back', async () => {
  const { user } = renderPage(<SettingsPage />, { handlers: settings({ digest_weekday: 3 }) })
  const week = await section('Week')
  const day = await week.findByRole('combobox', { name: 'Day of the weekly summary' })
  expect(day).toHaveDisplayValue('Wednesday')
  const sent = vi.fn<(body: unknown) => void>()
  server.use(
    answers('patch', '/api/me', async ({ request }) => {
      const body: unknown = await request.json()
      sent(body)
      return { ...ME, digest_weekday: null }
    }),
    ...settings(),
  )
  await user.selectOptions(day, 'No summary')
  await waitFor(() => expect(sent).toHaveBeenCalledWith({ digest_weekday: null }))
  await waitFor(() => expect(day).toHaveDisplayValue('No summary'))
})
