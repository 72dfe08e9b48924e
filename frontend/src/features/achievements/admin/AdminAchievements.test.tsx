import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { expect, test } from 'vitest'

import type { Answer } from '@/api/client'
import { renderPage } from '@/testing/render'
import { answers, refuses, server } from '@/testing/server'

import { AdminAchievements } from './AdminAchievements'

type Catalogue = Answer<'/api/admin/achievements'>

const STREAK: Catalogue['achievements'][number] = {
  code: 'streak-60', title: 'Two months of days', description: 'Sixty days in a row.', category: 'streak', tier: 'silver', points: 40,
  icon: 'star', rule: { metric: 'streak', at_least: 60 }, secret: false, state: 'active', revoke_if_unmet: false, origin: 'file',
  changed_at: '2026-11-20T10:00:00Z', holders: 7,
}
const DRAFT: Catalogue['achievements'][number] = { ...STREAK, code: 'weekend', title: 'Weekend reader', state: 'draft', origin: 'admin', holders: null }
const CATALOGUE: Catalogue = { revision: 3, applied: true, achievements: [STREAK, DRAFT] }
const DRY_RUN = { learners: 1000, looked_at: 100, holders: 3, would_unlock: 12, estimated_total: 120, sample: ['cb92cea2-1456-5427-b35c-f3bd19f4e426'] }

const catalogue = (answer = CATALOGUE) => answers('get', '/api/admin/achievements', answer)
const dryRun = answers('post', '/api/admin/achievements/{code}/dry-run', DRY_RUN)

/** The service refuses a definition with these faults, and keeps what it was sent. */
function refusesDefinition(sent: unknown[], faults: (body: Record<string, unknown>) => readonly object[]) {
  return http.post('http://localhost:3000/api/admin/achievements', async ({ request }) => {
    const body: unknown = await request.json()
    sent.push(body)
    const content = typeof body === 'object' && body !== null ? Object.fromEntries(Object.entries(body)) : {}
    const problem = { code: 'invalid_definition', detail: 'Invalid.', errors: faults(content) }
    return HttpResponse.json(problem, { status: 422 })
  })
}

test('the list shows every definition with its state and its holders', async () => {
  renderPage(<AdminAchievements />, { handlers: [catalogue()], role: 'admin' })
  const rows = within(await screen.findByRole('table', { name: 'Catalogue' })).getAllByRole('row')
  expect(rows[1]).toHaveTextContent(/Two months of days.*Active.*40.*7.*File/)
  expect(rows[2]).toHaveTextContent(/Weekend reader.*Draft.*40.*not counted yet.*Administration/)
})

test('the filter stays in the address', async () => {
  const { router } = renderPage(<AdminAchievements />, { handlers: [catalogue()], role: 'admin', route: '/admin?state=draft' })
  expect(await screen.findByRole('button', { name: 'Weekend reader' })).toBeVisible()
  expect(screen.queryByRole('button', { name: 'Two months of days' })).toBeNull()
  expect(router.state.location.search).toBe('?state=draft')
})

test('an empty catalogue leads to the first draft, and an error can be tried again', async () => {
  const { user } = renderPage(<AdminAchievements />, { handlers: [refuses('get', '/api/admin/achievements', 500, 'internal')], role: 'admin' })
  expect(await screen.findByText('Request req-1')).toBeVisible()
  server.use(catalogue({ ...CATALOGUE, achievements: [] }))
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  expect(await screen.findByText(/A draft is a good start/)).toBeVisible()
})

test('activation shows the dry run first, and then how far the check is', async () => {
  let isActive = false
  let isOver = false
  const { user } = renderPage(<AdminAchievements />, {
    handlers: [
      answers('get', '/api/admin/achievements', () => ({
        ...CATALOGUE, applied: !isActive || isOver, achievements: [STREAK, { ...DRAFT, state: isActive ? ('active' as const) : ('draft' as const) }],
      })),
      answers('post', '/api/admin/achievements/{code}/activate', () => {
        isActive = true
        return { added: [], changed: ['weekend'], retired: [], unchanged: 0, decides: true }
      }),
      answers('post', '/api/admin/achievements/{code}/dry-run', () => (isOver ? { ...DRY_RUN, holders: 123, estimated_total: 0 } : DRY_RUN)),
    ],
    role: 'admin',
    route: '/admin?code=weekend',
  })
  await user.click(await screen.findByRole('button', { name: 'Activate' }))
  const dialog = await screen.findByRole('dialog', { name: 'Activate “Weekend reader”' })
  expect(await within(dialog).findByText('120')).toBeVisible()
  expect(isActive).toBe(false)
  await user.click(within(dialog).getByRole('button', { name: 'Activate' }))
  expect(await screen.findByText('Learners are being checked: 3 hold it, about 120 to come.')).toBeVisible()
  isOver = true
  expect(await screen.findByText('123', {}, { timeout: 5000 })).toBeVisible()
  expect(screen.queryByText(/Learners are being checked/)).toBeNull()
})

test('faults of the service stand at their fields while a definition is being written', async () => {
  const sent: unknown[] = []
  const faults = ({ code }: Record<string, unknown>) => [
    { pointer: '/state', message: 'state', code: 'not_allowed', values: { allowed: ['draft'] } },
    { pointer: '/points', message: 'points', code: 'out_of_range', values: { min: 0, max: 10_000 } },
    ...(code === 'Bad code' ? [{ pointer: '/code', message: 'form', code: 'wrong_form', values: {} }] : []),
  ]
  const { user } = renderPage(<AdminAchievements />, { handlers: [catalogue(), refusesDefinition(sent, faults)], role: 'admin' })
  await user.click(await screen.findByRole('button', { name: 'New achievement' }))
  const code = await screen.findByLabelText(/^Code/)
  await user.type(code, 'Bad code')
  await user.tab()
  expect(await screen.findByText('This does not have the form described here.')).toBeVisible()
  expect(code).toBeInvalid()
  expect(screen.queryByText('From 0 to 10,000.')).toBeNull()
  await user.clear(code)
  await user.type(code, 'good-code')
  await waitFor(() => expect(code).toBeValid())
  // Nothing that is only checked may be stored.
  for (const body of sent) expect(body).toMatchObject({ state: 'only-check' })
})

test('a code that is taken is refused before it is sent', async () => {
  const sent: unknown[] = []
  const { user } = renderPage(<AdminAchievements />, { handlers: [catalogue(), refusesDefinition(sent, () => [])], role: 'admin' })
  await user.click(await screen.findByRole('button', { name: 'New achievement' }))
  await user.type(await screen.findByLabelText(/^Code/), 'weekend')
  await user.click(screen.getByRole('button', { name: 'Save as draft' }))
  expect(await screen.findByText('This code is already in use.')).toBeVisible()
  expect(sent).not.toContainEqual(expect.objectContaining({ state: 'draft' }))
})

test('saving a change sends the whole definition in its state', async () => {
  const bodies: unknown[] = []
  const { user } = renderPage(<AdminAchievements />, {
    handlers: [
      catalogue(),
      dryRun,
      refusesDefinition([], () => [{ pointer: '/state', message: '', code: 'not_allowed', values: {} }]),
      answers('put', '/api/admin/achievements/{code}', async ({ request }) => {
        bodies.push(await request.json())
        return { added: [], changed: ['weekend'], retired: [], unchanged: 0, decides: false }
      }),
    ],
    role: 'admin',
    route: '/admin?code=weekend',
  })
  await user.click(await screen.findByRole('button', { name: 'Edit' }))
  const atLeast = await screen.findByLabelText(/^At least/)
  await user.clear(atLeast)
  await user.type(atLeast, '5')
  await user.click(screen.getByRole('button', { name: 'Save' }))
  await waitFor(() => expect(bodies).toHaveLength(1))
  expect(bodies[0]).toMatchObject({ code: 'weekend', state: 'draft', rule: { metric: 'streak', at_least: 5 } })
})

test('granting needs a learner and a reason, and says what the service refuses', async () => {
  const { user } = renderPage(<AdminAchievements />, {
    handlers: [catalogue(), dryRun, refuses('post', '/api/admin/achievements/{code}/grant', 404, 'learner_not_found')],
    role: 'admin',
    route: '/admin?code=streak-60',
    language: 'de',
  })
  const form = await screen.findByRole('form', { name: 'Von Hand vergeben' })
  await user.click(within(form).getByRole('button', { name: 'Vergeben' }))
  expect(within(form).getAllByText('Bitte ausfüllen.')).toHaveLength(2)
  await user.type(within(form).getByLabelText(/^Lernender/), 'ada')
  await user.type(within(form).getByLabelText(/^Grund/), 'Fair play')
  await user.click(within(form).getByRole('button', { name: 'Vergeben' }))
  expect(await within(form).findByText('Diesen Lernenden gibt es nicht.')).toBeVisible()
})
