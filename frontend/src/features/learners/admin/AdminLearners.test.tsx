import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { expect, test } from 'vitest'

import type { Answer } from '@/api/client'
import { renderPage } from '@/testing/render'
import { answers, refuses, server } from '@/testing/server'

import { AdminLearners } from './AdminLearners'

const ID = '4cf263bc-d35d-579a-a9d4-32bce3e7f523'
const ROUTE = `/admin/learners?learner=${ID}`
const STREAK = {
  current_streak: 4, longest_streak: 9, state: 'active', met_today: true, paused: false, last_exercise_date: '2026-11-21',
  freezes: 1, freezes_pending: 0, next_freeze_in_days: 3, expires_at: '2026-11-23T23:00:00Z',
} as const
const INSPECTED: Answer<'/api/admin/learners/{learner_id}/progress'> = {
  progress: {
    learner_id: ID, timezone: 'Europe/Berlin', zone_source: 'profile', local_day: '2026-11-21', revision: 8,
    exercises_completed: 64, exercises_today: 2, minutes: 350, seconds: 21_043, points: 640, hints_used: 63, streak: STREAK,
    grades: { average: 81.41, recent_average: 81.61, graded: 64 }, skills: [],
  },
  profile: { display_name: 'Ada', quiet: false, boards: true },
  zones: [{ valid_from: null, zone: 'Europe/Berlin', source: 'profile', created_at: '2026-06-02T00:05:13Z' }],
  last_activity: null,
  projections: { activities: 70, rebuild_due_at: null, outages_pending: true, achievements_pending: false },
}
const STANDING = { current_streak: 3, longest_streak: 9, freezes: 1, next_freeze_in_days: 4, last_exercise_date: '2026-11-19', began_on: '2026-11-17' } as const
const DAY = {
  day: '2026-11-20', state: 'excused', reason: 'Excused.', code: 'excused_outage', values: {}, activities: 0, met_at: null, first_activity: null,
  zone: 'Europe/Berlin', zone_changes: [], lasted_minutes: null, excused_by: 'o1', after: STANDING,
  effects: [{ text: 'server', code: 'run_on_hold', values: { run: 3 } }],
} as const
const TIMELINE: Answer<'/api/admin/learners/{learner_id}/timeline'> = {
  from: '2026-11-20', to: '2026-11-21', today: '2026-11-21', learner_id: ID, timezone: 'Europe/Berlin', streak: STREAK, before: STANDING,
  days: [
    { ...DAY, zone_changes: [], effects: [{ text: 'server', code: 'run_on_hold', values: { run: 3 } }] },
    {
      ...DAY, day: '2026-11-21', state: 'met', activities: 2, excused_by: null, met_at: '2026-11-21T07:00:00Z',
      first_activity: { sender: 'tutor', id: '1', verb: 'completed', object_type: 'quiz', zone: null },
      zone_changes: [], effects: [{ text: 'server', code: 'run_continued', values: { run: 4 } }], after: { ...STANDING, current_streak: 4 },
    },
  ],
  excuses: [],
  outages: [{ id: 'o1', starts_at: '2026-11-20T08:00:00Z', ends_at: '2026-11-20T22:00:00Z', reason: 'A failed disk' }],
}
const reads = [
  answers('get', '/api/admin/learners/{learner_id}/progress', INSPECTED),
  answers('get', '/api/admin/learners/{learner_id}/timeline', TIMELINE),
  answers('get', '/api/notifications', { quiet: false, unread: 0, notifications: [], next: null }),
]

test('learners are found, and lead to themselves', async () => {
  const asked: (string | null)[] = []
  const { user } = renderPage(<AdminLearners />, {
    handlers: [
      answers('get', '/api/admin/learners', ({ request }) => {
        const query = new URL(request.url).searchParams.get('query')
        asked.push(query)
        const ada = { learner_id: ID, display_name: 'Ada', timezone: 'Europe/Berlin', last_day: '2026-11-21', activities: 70, quiet: true, boards: false, matched_by: null }
        return { learners: query === 'nobody' ? [] : [ada], next: null }
      }),
    ],
    role: 'admin',
  })
  expect(await screen.findByRole('link', { name: 'Ada' })).toHaveAttribute('href', ROUTE)
  expect(within(screen.getByRole('table')).getAllByRole('row')[1]).toHaveTextContent(/Europe\/Berlin.*70.*Quiet mode/)
  await user.type(screen.getByRole('searchbox', { name: 'Find a learner' }), 'nobody')
  expect(await screen.findByText(/Nobody is found by this/)).toBeVisible()
  expect(asked).toEqual([null, 'nobody'])
})

test('a learner shows why its streak is 4, day by day, the newest first', async () => {
  const { user } = renderPage(<AdminLearners />, { handlers: reads, role: 'admin', route: ROUTE })
  const card = await screen.findByRole('region', { name: 'Why is the streak 4?' })
  const rows = within(within(card).getByRole('table')).getAllByRole('row')
  expect(rows[1]).toHaveTextContent(/Sat 21 Nov.*The run grew to day 4\..*quiz, completed, by tutor, 08:00.*2.*4.*1/)
  expect(rows[2]).toHaveTextContent(/Fri 20 Nov.*the run stays at day 3\..*Outage: A failed disk/)
  await user.click(within(card).getByRole('button', { name: 'Why the streak is 4' }))
  expect(await screen.findByText('Run before 20 Nov')).toBeVisible()
  expect(await screen.findByText('outages')).toBeVisible()
})

test('what does not arrive stays in its card', async () => {
  const { user } = renderPage(<AdminLearners />, {
    handlers: [refuses('get', '/api/admin/learners/{learner_id}/timeline', 500, 'internal'), ...reads],
    role: 'admin',
    route: ROUTE,
  })
  const card = await screen.findByRole('region', { name: 'Streak' })
  expect(await within(card).findByRole('alert')).toHaveTextContent('req-1')
  expect(await screen.findByText('5 hr 50 min')).toBeVisible()
  server.use(...reads)
  await user.click(within(card).getByRole('button', { name: 'Try again' }))
  expect(await screen.findByRole('region', { name: 'Why is the streak 4?' })).toBeVisible()
})

test('erasing asks for the typed name, and then leads back to all', async () => {
  const erased: unknown[] = []
  const { user, router } = renderPage(<AdminLearners />, {
    handlers: [
      ...reads,
      answers('delete', '/api/admin/learners/{learner_id}', ({ params }) => {
        erased.push(params['learner_id'])
        return { status: 'erased' as const }
      }),
      answers('get', '/api/admin/learners', { learners: [], next: null }),
    ],
    role: 'admin',
    route: ROUTE,
  })
  await screen.findByRole('heading', { name: 'Ada' })
  await user.click(screen.getByRole('button', { name: 'Erase learner' }))
  const dialog = await screen.findByRole('dialog', { name: 'Erase Ada' })
  expect(within(dialog).getByRole('button', { name: 'Erase for good' })).toBeDisabled()
  await user.type(within(dialog).getByLabelText('Type “Ada” to confirm'), 'Ada')
  await user.click(within(dialog).getByRole('button', { name: 'Erase for good' }))
  expect(await screen.findByText('Ada is erased.')).toBeVisible()
  expect(erased).toEqual([ID])
  expect(router.state.location).toMatchObject({ pathname: '/admin/learners', search: '' })
})

test('a rebuild shows what was different', async () => {
  const { user } = renderPage(<AdminLearners />, {
    handlers: [
      ...reads,
      answers('post', '/api/admin/learners/{learner_id}/rebuild', {
        learner_id: ID, status: 'rebuilt', revision: 9, differences_found: 1,
        differences: [{ table: 'learners', key: {}, field: 'points', stored: '630', by_log: '640' }],
      }),
    ],
    role: 'admin',
    route: ROUTE,
  })
  await user.click(await screen.findByRole('button', { name: 'Rebuild from the log' }))
  expect(await screen.findByText(/One difference from the log was removed/)).toBeVisible()
  expect(screen.getByText(/learners · points: was 630, by the log 640/)).toBeVisible()
})

test('a streak is restored with a reason, and what is refused stands at its field', async () => {
  const { user } = renderPage(<AdminLearners />, {
    handlers: [
      ...reads,
      http.post(`http://localhost:3000/api/admin/learners/${ID}/restore-streak`, () =>
        HttpResponse.json(
          { code: 'impossible_restoration', detail: 'No.', errors: [{ pointer: '/last_day', message: 'is required', code: 'missing', values: {} }] },
          { status: 422 },
        ),
      ),
    ],
    role: 'admin',
    route: ROUTE,
  })
  const form = await screen.findByRole('form', { name: 'Restore the streak' })
  await user.click(within(form).getByRole('button', { name: 'Restore' }))
  expect(within(form).getByLabelText(/^Reason/)).toBeInvalid()
  await user.type(within(form).getByLabelText(/^Reason/), 'A mistake of ours')
  await user.type(within(form).getByLabelText('First day'), '2026-11-18')
  await user.click(within(form).getByRole('button', { name: 'Restore' }))
  await waitFor(() => expect(within(form).getByLabelText('Last day')).toBeInvalid())
})

test('zones are replaced as a whole, the first without an instant', async () => {
  const sent: unknown[] = []
  const { user } = renderPage(<AdminLearners />, {
    handlers: [
      ...reads,
      answers('put', '/api/admin/learners/{learner_id}/zones', async ({ request }) => {
        sent.push(await request.json())
        return { learner_id: ID, timezone: 'Asia/Tokyo', zone_source: 'admin', revision: 9, activities_moved: 3, zones: [] }
      }),
    ],
    role: 'admin',
    route: ROUTE,
  })
  await screen.findByRole('heading', { name: 'Ada' })
  await user.click(screen.getByRole('button', { name: 'Replace zones' }))
  const form = await screen.findByRole('dialog', { name: 'Replace zones' })
  await user.click(within(form).getByRole('button', { name: 'Add a zone' }))
  await user.type(within(form).getAllByLabelText(/^Zone/).at(-1) ?? document.body, 'Asia/Tokyo')
  await user.type(within(form).getByLabelText(/^Since/), '2026-11-01T00:00')
  await user.click(within(form).getByRole('button', { name: 'Replace' }))
  expect(await screen.findByText('Replaced. 3 activities changed their day.')).toBeVisible()
  expect(sent).toEqual([[{ zone: 'Europe/Berlin' }, { zone: 'Asia/Tokyo', valid_from: new Date('2026-11-01T00:00').toISOString() }]])
})
