import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { expect, test, vi } from 'vitest'

import type { Answer } from '@/api/client'
import { renderPage } from '@/testing/render'
import { answers, refuses, server } from '@/testing/server'

import type { Share } from './api/shares'
import { SharesSection } from './SharesSection'

const BADGE: Share = {
  share_id: 's1', kind: 'badge', code: 'ten', fields: [], ends_on: null, url: '/s/badge', state: 'open', views: 3,
  views_by_day: [{ day: '2026-11-20', views: 2 }, { day: '2026-11-19', views: 1 }], created_at: '2026-11-19T10:00:00Z',
}
const PROGRESS: Share = {
  ...BADGE, share_id: 's2', kind: 'progress', code: null, fields: ['display_name', 'heatmap'], ends_on: '2026-11-20',
  url: 'https://learn.example/s/progress', state: 'ended', views: 0, views_by_day: [],
}
const ME: Answer<'/api/me'> = {
  learner_id: 'ada', timezone: 'Europe/Berlin', zone_source: 'claim', zone_change_allowed_at: null,
  local_day: '2026-11-21', quiet: false, display_name: 'Ada L.', boards: false, digest_weekday: null,
}
const achievements = answers('get', '/api/progress/achievements', {
  unlocked: 1, total: 1, points: 5, rarity_as_of: null,
  achievements: [{
    code: 'ten', title: 'Ten', description: 'Ten exercises', category: 'exercises', tier: 'gold', points: 5, icon: 'star',
    secret: false, unlocked: true, unlocked_at: '2026-11-18T17:30:00Z', earned_on: '2026-11-18', progress: null,
    rarity_percent: null,
  }],
})
const shares = (...all: Share[]) => answers('get', '/api/shares', { shares: all })
const rest = [achievements, answers('get', '/api/me', ME)]

test('each link says what it shows, until when, its state and its views', async () => {
  const { user } = renderPage(<SharesSection />, { handlers: [shares(BADGE, PROGRESS), ...rest] })
  const badge = await screen.findByRole('link', { name: 'Ten' })
  expect(badge).toHaveAttribute('href', 'http://localhost:3000/s/badge')
  expect(screen.getByRole('link', { name: 'Progress' })).toHaveAttribute('href', 'https://learn.example/s/progress')
  expect(screen.getByText('Shows: My name and The year, day by day')).toBeVisible()
  expect(screen.getByText('Works through Friday 20 November.')).toBeVisible()
  expect(screen.getByText('Ended')).toBeVisible()
  expect(screen.getByText('Opened 3 times')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Why Ten: Opened 3 times' }))
  expect((await screen.findByText('Fri 20 Nov')).closest('div')).toHaveTextContent('2')
})

test('a link is copied', async () => {
  const { user } = renderPage(<SharesSection />, { handlers: [shares(BADGE), ...rest] })
  await user.click(await screen.findByRole('button', { name: 'Copy link: Ten' }))
  expect(await navigator.clipboard.readText()).toBe('http://localhost:3000/s/badge')
  expect((await screen.findByText('Link copied: Ten')).closest('[role=status]')).not.toBeNull()
})

test('where the browser refuses to copy, the link stands there', async () => {
  const { user } = renderPage(<SharesSection />, { handlers: [shares(BADGE), ...rest] })
  vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(new Error('denied'))
  await user.click(await screen.findByRole('button', { name: 'Copy link: Ten' }))
  const link = await screen.findByLabelText('Link')
  expect(link).toHaveValue('http://localhost:3000/s/badge')
  expect(link).toHaveFocus()
})

test('revoking asks first, and the focus does not get lost', async () => {
  const handlers = [shares(BADGE), ...rest, answers('delete', '/api/shares/{share_id}', ({ params }) => {
    server.use(shares())
    return { share_id: String(params['share_id']), deleted: true as const }
  })]
  const { user } = renderPage(<SharesSection />, { handlers })
  await user.click(await screen.findByRole('button', { name: 'Revoke: Ten' }))
  const dialog = await screen.findByRole('dialog', { name: 'Revoke this link?' })
  expect(dialog).toHaveTextContent('“Ten” leads nowhere from then on')
  await user.click(within(dialog).getByRole('button', { name: 'Revoke' }))
  expect(await screen.findByText(/You share nothing/)).toBeVisible()
  await waitFor(() => expect(document.activeElement).toContainElement(screen.getByText(/You share nothing/)))
  expect(document.activeElement).not.toBe(document.body)
})

test('a revocation that fails says that the link still works', async () => {
  const handlers = [shares(BADGE), ...rest, refuses('delete', '/api/shares/{share_id}', 503, 'database_unavailable')]
  const { user } = renderPage(<SharesSection />, { handlers })
  await user.click(await screen.findByRole('button', { name: 'Revoke: Ten' }))
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Revoke' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('The link still works')
})

test('progress is shared with the chosen fields and a last day', async () => {
  const sent: unknown[] = []
  const keys: (string | null)[] = []
  const created = answers('post', '/api/shares', async ({ request }) => {
    sent.push(await request.json())
    keys.push(request.headers.get('Idempotency-Key'))
    return { ...PROGRESS, state: 'open' as const, url: '/s/new' }
  })
  const { user } = renderPage(<SharesSection />, { handlers: [shares(), ...rest, created] })
  await user.click(await screen.findByRole('button', { name: 'Share progress' }))
  const dialog = await screen.findByRole('dialog', { name: 'Share progress' })
  await user.click(within(dialog).getByRole('button', { name: 'Make the link' }))
  expect(within(dialog).getByRole('alert')).toHaveTextContent('Choose at least one thing that the page shows.')
  await user.click(within(dialog).getByRole('checkbox', { name: 'The year, day by day' }))
  await user.click(within(dialog).getByRole('checkbox', { name: 'Exercises' }))
  await user.type(within(dialog).getByLabelText('Last day (optional)'), '2026-12-01')
  await user.click(within(dialog).getByRole('button', { name: 'Make the link' }))
  expect(await within(dialog).findByRole('heading', { name: 'The link is there' })).toHaveFocus()
  expect(sent).toEqual([{ kind: 'progress', fields: ['exercises', 'heatmap'], ends_on: '2026-12-01' }])
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/)
})

test('a day in the past is said at its field, also by the service', async () => {
  const fault = { pointer: '/ends_on', message: 'must be today or later', code: 'in_the_past', values: { min: '2026-11-22' } }
  const refused = http.post('http://localhost:3000/api/shares', () =>
    HttpResponse.json({ code: 'impossible_share', detail: 'x', errors: [fault] }, { status: 422 }),
  )
  const { user } = renderPage(<SharesSection />, { handlers: [shares(), ...rest, refused] })
  await user.click(await screen.findByRole('button', { name: 'Share progress' }))
  const dialog = await screen.findByRole('dialog')
  const day = within(dialog).getByLabelText('Last day (optional)')
  await user.type(day, '2026-11-20')
  expect(within(dialog).getByText('Choose today or a later day.')).toBeVisible()
  await user.clear(day)
  await user.type(day, '2026-11-21')
  expect(within(dialog).queryByText('Choose today or a later day.')).toBeNull()
  await user.click(within(dialog).getByRole('checkbox', { name: 'Points' }))
  await user.click(within(dialog).getByRole('button', { name: 'Make the link' }))
  expect(await within(dialog).findByText('Choose today or a later day.')).toBeVisible()
  expect(day).toBeInvalid()
})

test('a refusal without a field is said, in the language of the page', async () => {
  const handlers = [shares(BADGE), ...rest, refuses('post', '/api/shares', 409, 'too_many_shares')]
  const { user } = renderPage(<SharesSection />, { handlers, language: 'de' })
  await user.click(await screen.findByRole('button', { name: 'Fortschritt teilen' }))
  await user.click(await screen.findByRole('checkbox', { name: 'Punkte' }))
  await user.click(screen.getByRole('button', { name: 'Link anlegen' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('Mehr Links kann es nicht geben.')
})

test('an error can be tried again', async () => {
  const { user } = renderPage(<SharesSection />, { handlers: [refuses('get', '/api/shares', 500, 'internal'), ...rest] })
  expect(await screen.findByRole('alert')).toHaveTextContent('req-1')
  server.use(shares())
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  expect(await screen.findByText(/You share nothing/)).toBeVisible()
})
