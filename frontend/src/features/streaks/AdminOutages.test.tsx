import { screen, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { expect, test } from 'vitest'

import type { Answer } from '@/api/client'
import { renderPage } from '@/testing/render'
import { answers } from '@/testing/server'

import { AdminOutages } from './AdminOutages'

const DISK: Answer<'/api/admin/outages'>['outages'][number] = {
  id: 'a0ff1df0-fc4e-444e-8faf-7fb1af51de7a', starts_at: '2026-11-10T08:00:00Z', ends_at: '2026-11-10T10:00:00Z', state: 'active',
  reason: 'A failed disk', created_at: '2026-11-21T17:30:00Z',
}

const list = (answer: Partial<Answer<'/api/admin/outages'>> = {}) =>
  answers('get', '/api/admin/outages', { outages: [DISK, { ...DISK, id: 'b', state: 'withdrawn', reason: 'A mistake' }], settling: null, ...answer })

test('outages show their state and what can be done with it', async () => {
  renderPage(<AdminOutages />, { handlers: [list({ settling: { learners_done: 26, finished_at: null } })], role: 'admin' })
  const rows = within(await screen.findByRole('table', { name: 'Outages' })).getAllByRole('row')
  expect(rows[1]).toHaveTextContent(/A failed disk.*Active/)
  expect(within(rows[1] ?? document.body).getByRole('button', { name: 'Withdraw: A failed disk' })).toBeVisible()
  expect(within(rows[2] ?? document.body).queryByRole('button')).toBeNull()
  expect(screen.getByText('The newest change is on its way: 26 learners done so far.')).toBeVisible()
})

test('an outage is entered as a draft, whose dry run is shown before it is activated', async () => {
  const sent: unknown[] = []
  const activated: unknown[] = []
  const { user } = renderPage(<AdminOutages />, {
    handlers: [
      list({ outages: [] }),
      answers('post', '/api/admin/outages', async ({ request }) => {
        sent.push(await request.json())
        return { ...DISK, state: 'draft' as const, dry_run: { learners: 3, looked_at: 2, excused: 1, lengthened: 0 } }
      }),
      answers('post', '/api/admin/outages/{outage_id}/activate', ({ params }) => {
        activated.push(params['outage_id'])
        return DISK
      }),
    ],
    role: 'admin',
  })
  await user.click((await screen.findAllByRole('button', { name: 'Enter an outage' }))[0] ?? document.body)
  const form = await screen.findByRole('dialog', { name: 'Enter an outage' })
  await user.click(within(form).getByRole('button', { name: 'Save as draft' }))
  expect(within(form).getAllByText('Fill this in.')).toHaveLength(3)
  expect(sent).toEqual([])
  await user.type(within(form).getByLabelText(/^Start/), '2026-11-10T08:00')
  await user.type(within(form).getByLabelText(/^End/), '2026-11-10T10:00')
  await user.type(within(form).getByLabelText(/^Reason/), 'A failed disk')
  await user.click(within(form).getByRole('button', { name: 'Save as draft' }))
  const dialog = await screen.findByRole('dialog', { name: 'Activate the outage' })
  expect(dialog).toHaveTextContent('Of 2 learners checked, 3 in all: 1 has a day that it would excuse, and 0 current runs would get longer.')
  expect(sent).toEqual([
    { starts_at: new Date('2026-11-10T08:00').toISOString(), ends_at: new Date('2026-11-10T10:00').toISOString(), reason: 'A failed disk' },
  ])
  await user.click(within(dialog).getByRole('button', { name: 'Activate' }))
  expect(await screen.findByText('The outage is active. Learners see it at once.')).toBeVisible()
  expect(activated).toEqual([DISK.id])
})

test('what the service refuses stands at its field', async () => {
  const refused = http.post('http://localhost:3000/api/admin/outages', () =>
    HttpResponse.json(
      { code: 'impossible_outage', detail: 'No.', errors: [{ pointer: '/ends_at', message: 'must be after the start', code: 'reversed', values: {} }] },
      { status: 422 },
    ),
  )
  const { user } = renderPage(<AdminOutages />, { handlers: [list(), refused], role: 'admin', language: 'de' })
  await user.click(await screen.findByRole('button', { name: 'Ausfall eintragen' }))
  const form = await screen.findByRole('dialog')
  await user.type(within(form).getByLabelText(/^Beginn/), '2026-11-10T10:00')
  const end = within(form).getByLabelText(/^Ende/)
  await user.type(end, '2026-11-10T08:00')
  await user.type(within(form).getByLabelText(/^Grund/), 'Platte')
  await user.click(within(form).getByRole('button', { name: 'Als Entwurf speichern' }))
  expect(await within(form).findByText('Das Ende liegt vor dem Anfang.')).toBeVisible()
  expect(end).toBeInvalid()
})
