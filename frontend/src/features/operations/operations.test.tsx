import { screen, within } from '@testing-library/react'
import { expect, test } from 'vitest'

import type { Answer } from '@/api/client'
import { renderPage } from '@/testing/render'
import { answers, refuses } from '@/testing/server'

import { AdminAudit } from './AdminAudit'
import { AdminJobs } from './AdminJobs'
import { AdminPage } from './AdminPage'
import { instantOf, localOf } from './zone'

const JOB: Answer<'/api/admin/jobs'>['jobs'][number] = {
  job: 'sweep_snapshots', started_at: '2026-11-21T10:00:00Z', finished_at: '2026-11-21T10:00:01Z', failures: 0, last_error: null,
}
const JOBS: Answer<'/api/admin/jobs'> = {
  jobs: [JOB, { ...JOB, job: 'settle_outages', failures: 2, last_error: 'No disk.' }, { ...JOB, job: 'new_in_a_later_version', finished_at: null }],
  snapshots: { pending_days: 33, oldest_due_at: '2026-11-21T08:00:00Z', lag_seconds: 7200 },
  rebuilds: { pending_learners: 0, oldest_due_at: null },
  goals: { due_goals: 0, oldest_due_at: null, lag_seconds: 0 },
}
const erasures = answers('get', '/api/admin/erasures', { erased_learners: 2, newest_at: '2026-11-20T10:00:00Z' })

test('jobs show what is overdue, how each ran last, and how many learners were erased', async () => {
  renderPage(<AdminJobs />, { handlers: [answers('get', '/api/admin/jobs', JOBS), erasures], role: 'admin' })
  const rows = within(await screen.findByRole('table', { name: 'Last runs' })).getAllByRole('row')
  expect(rows[1]).toHaveTextContent(/Take days down.*Succeeded/)
  expect(rows[2]).toHaveTextContent(/Carry outages to learners.*Failed.*No disk\..*2/)
  expect(rows[3]).toHaveTextContent(/new_in_a_later_version.*Running/)
  expect(screen.getByText('33')).toBeVisible()
  expect(screen.getByText(/Overdue since 21 Nov 2026/)).toBeVisible()
  expect(await screen.findByText(/2 learners were erased, the newest on 20 Nov 2026/)).toBeVisible()
})

test('a job is run, and a running one says so', async () => {
  const asked: unknown[] = []
  const { user } = renderPage(<AdminJobs />, {
    handlers: [
      answers('get', '/api/admin/jobs', JOBS),
      erasures,
      answers('post', '/api/admin/jobs/{job}/run', ({ params }) => {
        asked.push(params['job'])
        return { job: 'sweep_snapshots', status: 'queued' as const, waited_already: false, worker_seen_at: null }
      }),
    ],
    role: 'admin',
  })
  await user.click(await screen.findByRole('button', { name: 'Run now: Take days down' }))
  expect(await screen.findByText(/no worker was seen/)).toBeVisible()
  expect(asked).toEqual(['sweep_snapshots'])
})

test('what the service refuses stands beside the job', async () => {
  const { user } = renderPage(<AdminJobs />, {
    handlers: [answers('get', '/api/admin/jobs', JOBS), erasures, refuses('post', '/api/admin/jobs/{job}/run', 409, 'job_is_running')],
    role: 'admin',
    language: 'de',
  })
  await user.click(await screen.findByRole('button', { name: 'Jetzt starten: Tage festhalten' }))
  expect(await screen.findByText('Der Auftrag läuft schon.')).toBeVisible()
})

test('the audit log comes page by page', async () => {
  const entry = { at: '2026-11-21T10:00:00Z', actor: 'root', action: 'outage.draft', learner_id: null, body: { reason: 'A disk' } }
  const { user } = renderPage(<AdminAudit />, {
    handlers: [
      answers('get', '/api/admin/audit', ({ request }) =>
        new URL(request.url).searchParams.get('cursor') === '9'
          ? { entries: [{ ...entry, action: 'group.create' }], next: null }
          : { entries: [entry], next: '9' },
      ),
    ],
    role: 'admin',
  })
  expect(await screen.findByText('Entered an outage')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Load more' }))
  expect(await screen.findByText('Created a group')).toBeVisible()
  expect(screen.getByText('Entered an outage')).toBeVisible()
  expect(screen.queryByRole('button', { name: 'Load more' })).toBeNull()
})

test('the audit log is asked about one learner, whom the address keeps', async () => {
  const asked: (string | null)[] = []
  const { user, router } = renderPage(<AdminAudit />, {
    handlers: [
      answers('get', '/api/admin/audit', ({ request }) => {
        asked.push(new URL(request.url).searchParams.get('about'))
        return { entries: [], next: null }
      }),
    ],
    role: 'admin',
  })
  await user.type(await screen.findByLabelText('About one learner'), 'ada')
  expect(await screen.findByText('Nothing was written about this learner.')).toBeVisible()
  expect(router.state.location.search).toBe('?about=ada')
  expect(asked).toEqual([null, 'ada'])
})

test('administration has its sections and a way out', async () => {
  renderPage(<AdminPage />, { role: 'admin', route: '/admin/jobs' })
  expect(await screen.findByRole('link', { name: 'Jobs' })).toHaveAttribute('aria-current', 'page')
  expect(screen.getByRole('button', { name: 'Sign out' })).toBeVisible()
})

test('times of inputs are those of the browser, there and back', () => {
  expect(instantOf(localOf('2026-11-09T04:00:02Z'))).toBe('2026-11-09T04:00:02.000Z')
  expect(instantOf('')).toBeNull()
  expect(instantOf('no time')).toBeNull()
})
