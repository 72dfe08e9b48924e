import { screen, waitFor, within } from '@testing-library/react'
import { beforeEach, expect, test, vi } from 'vitest'

import type { Answer } from '@/api/client'
import type { Statistics } from '@/features/insight/api/statistics'
import { renderPage } from '@/testing/render'
import { answers, refuses, server } from '@/testing/server'

import { ActivityPage } from './ActivityPage'
import type { Balance } from './api/balance'
import type { FedActivity, Feed } from './api/activities'
import type { PointsDistribution } from './api/pointsDistribution'
import type { Summary } from './api/summary'

// There is no canvas here; the tables say what is drawn.
vi.mock('@/parts/charts/ChartCanvas', () => ({ default: () => null }))

const ME: Answer<'/api/me'> = {
  learner_id: 'ada', timezone: 'Asia/Tokyo', zone_source: 'profile', zone_change_allowed_at: null, local_day: '2026-11-21', quiet: false,
  display_name: null, boards: false, digest_weekday: null,
}
const WINDOW = { from: '2026-10-23', to: '2026-11-21', today: '2026-11-21' }
const done = (id: string, local_day: string, more: Partial<FedActivity> = {}): FedActivity => ({
  id, sender: 'tutor', verb: 'completed', object_type: 'exercise', occurred_at: `${local_day}T09:05:00Z`, local_day, points: 10, ...more,
})
const FEED: Feed = {
  ...WINDOW,
  activities: [
    done('a', '2026-11-21', { topic: 'loops', value: 92.5, duration_seconds: 410, hints_used: 1, difficulty: 'hard' }),
    done('b', '2026-11-21', { sender: 'learner', verb: 'practised', object_type: 'check_in', points: 0, duration_seconds: 7200, counted_seconds: 1800 }),
    done('c', '2026-11-20', { not_counted: 'once_key', object_type: 'escape_room', verb: 'solved', points: 0 }),
  ],
  next: 'page2',
}
const SUMMARY: Summary = {
  ...WINDOW, activities: 3, minutes: 61, seconds: 3690,
  by_type: [{ object_type: 'exercise', activities: 3, minutes: 61, seconds: 3690, percent: 100 }],
  trend: [{ day: '2026-11-20', activities: 1, minutes: 41, seconds: 2460 }, { day: '2026-11-21', activities: 2, minutes: 20, seconds: 1230 }],
  engagement: {
    active_days: 2, active_days_percent: 6.7, activities_per_active_day: 1.5, minutes_per_active_day: 30.7,
    activities_change_percent: -25, minutes_change_percent: null,
  },
}
const STATISTICS: Statistics = {
  ...WINDOW, period: 'custom', exercises_completed: 3, graded: 3, average_grade: 84.5, average_seconds: 410, hints_used: 4, hints_per_exercise: 1.33,
  by_topic: [{ topic: 'loops', exercises: 3, graded: 3, average_grade: 84.5, minutes: 20, seconds: 1230 }],
  outside_topics: { exercises: 0, graded: 0, average_grade: null }, by_difficulty: [], trend: [], change: { exercises_percent: 50, average_grade: -1.25 },
}
const POINTS: PointsDistribution = {
  ...WINDOW, points: 30,
  by_type: [{ name: 'exercise', points: 30, percent: 100 }],
  by_topic: [{ name: 'loops', points: 20, percent: 66.7 }, { name: null, points: 10, percent: 33.3 }],
  by_path: [{ name: null, points: 30, percent: 100 }],
}
const BALANCE: Balance = {
  ...WINDOW, by: 'path', balance_percent: 81.1, least_practised: 'reading',
  parts: [
    { name: 'python', activities: 3, minutes: 20, seconds: 1200, percent: 75 },
    { name: 'reading', activities: 1, minutes: 5, seconds: 300, percent: 25 },
  ],
}
const ONE_TOPIC: Balance = { ...BALANCE, by: 'topic', balance_percent: null, least_practised: null, parts: BALANCE.parts.slice(0, 1) }

const LIMITS = {
  body_bytes: 1, body_values: 1, small_body_bytes: 1, small_body_values: 1, batch_activities: 1, metadata_bytes: 1, page_items: 200, window_days: 400, topics: 1, learner_backdate_days: 7, learner_hours_a_day: 12, learner_activities_a_day: 5000,
  earliest_day: '2000-01-01', future_tolerance_minutes: 5, learner_void_hours: 24, goals: 1, tasks: 1, categories: 1, slots_of_a_task: 1, slots_of_a_day: 1, due_tasks_of_a_day: 1,
  spaces: 1, milestones: 1, shares: 1, pause_days: 1,
  calendar_days: 62, reads_at_once: 4, changes_at_once: 2, exports_at_once: 1, streams_at_once: 1, idempotency_keys: 1, idempotency_key_days: 1, notice_days: 1, goals_with_archived: 1, changes_of_a_goal: 1,
  slots: 1, completed_tasks_of_a_day: 1, focus_slots_of_a_day: 1, focus_days: 1, spaces_with_deleted: 1, spaces_of_a_goal: 1, groups: 1, members_of_a_group: 1,
  paused_days_in_window: 1, pause_window_days: 1, pause_ahead_days: 1, zones: 1, zone_change_hours: 1,
}
const FEATURES: Answer<'/api/features'> = {
  version: '1', week_start: 'monday', unknown_kinds: 'accept', features: { goals: true, analytics: true }, limits: LIMITS, quotas: [],
}
const HOUR = 3_600_000
const NOW = Date.parse('2026-11-21T12:00:00Z')

const asked: URLSearchParams[] = []
const handlers = (feed: Feed = FEED, summary: Summary = SUMMARY) => [
  answers('get', '/api/me', ME),
  answers('get', '/api/features', FEATURES),
  answers('get', '/api/activities', ({ request }) => {
    const { searchParams } = new URL(request.url)
    asked.push(searchParams)
    return searchParams.get('cursor') === 'page2' ? { ...FEED, activities: [done('d', '2026-11-20')], next: null } : feed
  }),
  answers('get', '/api/activities/summary', summary),
  answers('get', '/api/progress/statistics', STATISTICS),
  answers('get', '/api/activities/points-distribution', POINTS),
  answers('get', '/api/activities/balance', ({ request }) => (request.url.includes('by=topic') ? ONE_TOPIC : BALANCE)),
]

beforeEach(() => {
  asked.length = 0
  vi.spyOn(Date, 'now').mockReturnValue(NOW)
})

const region = async (name: string | RegExp) => within(await screen.findByRole('region', { name }))

test('the feed stands by the learner’s day, with times in the learner’s zone', async () => {
  renderPage(<ActivityPage />, { handlers: handlers() })
  const today = await region('Today, Saturday 21 November')
  expect(today.getByText('Exercise completed')).toBeVisible()
  expect(today.getByText('18:05 · loops · hard · grade 92.5 · 6 min · 1 hint')).toBeVisible()
  expect(today.getByText('18:05 · 2 hr · 30 min of it counted: the day was full')).toBeVisible()
  expect(today.getByLabelText('10 points')).toHaveTextContent('+10')
  const yesterday = await region('Yesterday, Friday 20 November')
  expect(yesterday.getByText('Escape room solved')).toBeVisible()
  expect(yesterday.getByText(/not counted: done before/)).toBeVisible()
})

test('the feed is read further from the cursor, into the same day', async () => {
  const { user } = renderPage(<ActivityPage />, { handlers: handlers() })
  await user.click(await screen.findByRole('button', { name: 'Load more' }))
  await waitFor(async () => expect((await region(/^Yesterday/)).getAllByRole('listitem')).toHaveLength(2))
  expect(asked.at(-1)?.get('cursor')).toBe('page2')
  expect(screen.queryByRole('button', { name: 'Load more' })).not.toBeInTheDocument()
})

test('days, type and topic stand in the address and are asked of the service', async () => {
  const { user, router } = renderPage(<ActivityPage />, { handlers: handlers() })
  await user.click(await screen.findByRole('radio', { name: '7 days' }))
  await user.selectOptions(await screen.findByRole('combobox', { name: 'Topic' }), 'loops')
  await user.selectOptions(await screen.findByRole('combobox', { name: 'Type' }), 'Exercise')
  expect(router.state.location.search).toBe('?days=7&topic=loops&type=exercise')
  await waitFor(() =>
    expect(Object.fromEntries(asked.at(-1) ?? [])).toMatchObject({ from: '2026-11-15', to: '2026-11-21', topic: 'loops', object_type: 'exercise' }),
  )
})

test('a filter that finds nothing can be taken off', async () => {
  const { user, router } = renderPage(<ActivityPage />, { handlers: handlers({ ...FEED, activities: [], next: null }), route: '/?type=quiz' })
  await user.click(await screen.findByRole('button', { name: 'Show all types and topics' }))
  expect(router.state.location.search).toBe('')
  expect(await screen.findByRole('link', { name: 'Plan a task' })).toHaveAttribute('href', '/planner')
})

test('only an own activity can be taken back, after a question', async () => {
  const gone: string[] = []
  const voided = answers('delete', '/api/activities/{activity_id}', ({ params }) => {
    gone.push(String(params['activity_id']))
    return { id: 'b', sender: 'learner', status: 'voided' as const, learner: { learner_id: 'ada', revision: 9, points: 0 } }
  })
  const { user } = renderPage(<ActivityPage />, { handlers: [voided, ...handlers()] })
  const [button, ...others] = await screen.findAllByRole('button', { name: /^Take back/ })
  expect(others).toEqual([])
  expect(button).toHaveAccessibleName('Take back: Checked in')
  if (button !== undefined) await user.click(button)
  expect(gone).toEqual([])
  // The row is gone before the last of the reads is there.
  const slow = answers('get', '/api/activities/summary', () => new Promise((resolve) => setTimeout(resolve, 150, SUMMARY)))
  server.use(slow, ...handlers({ ...FEED, activities: FEED.activities.filter(({ id }) => id !== 'b') }))
  await user.click(await screen.findByRole('button', { name: 'Take it back' }))
  expect(await screen.findByText('Taken back. It no longer counts.')).toBeVisible()
  expect(gone).toEqual(['b'])
  expect(screen.queryByText('Checked in')).not.toBeInTheDocument()
})

test('a refused taking back is said, and the activity stays', async () => {
  const { user } = renderPage(<ActivityPage />, {
    handlers: [refuses('delete', '/api/activities/{activity_id}', 404, 'activity_not_found'), ...handlers()],
  })
  await user.click(await screen.findByRole('button', { name: 'Take back: Checked in' }))
  await user.click(await screen.findByRole('button', { name: 'Take it back' }))
  expect(await screen.findByText('This activity is no longer there.')).toBeVisible()
  expect(screen.getByText('Checked in')).toBeVisible()
})

test('figures have their change in words and say what they are made of', async () => {
  const { user } = renderPage(<ActivityPage />, { handlers: handlers() })
  const statistics = await region('Statistics')
  expect(await statistics.findByText('50% more than before')).toBeVisible()
  expect(statistics.getByText('1.25 lower than before')).toBeVisible()
  expect(await statistics.findByText('25% less than before')).toBeVisible()
  expect(statistics.getByText('2 of 30')).toBeVisible()
  await user.click(statistics.getByRole('button', { name: 'Why Exercises' }))
  const parts = within(await screen.findByRole('dialog'))
  expect(parts.getByText('loops').nextElementSibling).toHaveTextContent('3')
})

test('points and balance are bars of the answers, by the chosen group', async () => {
  const { user } = renderPage(<ActivityPage />, { handlers: handlers() })
  const points = await region('Points')
  expect(await points.findByRole('progressbar', { name: 'Exercise' })).toHaveAttribute('aria-valuetext', '30 points, 100%')
  await user.click(points.getByRole('radio', { name: 'Topic' }))
  expect(points.getByRole('progressbar', { name: 'Without a name' })).toHaveAttribute('aria-valuenow', '33.3')
  const balance = await region('Balance')
  expect(balance.getByText('81.1%')).toBeVisible()
  expect(balance.getByText('Least practised: reading.')).toBeVisible()
  await user.click(balance.getByRole('radio', { name: 'Topic' }))
  expect(await balance.findByText('Two different ones are needed for a balance.')).toBeVisible()
})

test('time spent is a chart with its table, and bars by type', async () => {
  const { user } = renderPage(<ActivityPage />, { handlers: handlers() })
  const time = await region('Time spent')
  expect(await time.findByText('Most time went into Friday 20 November: 41 min.')).toBeVisible()
  expect(time.getByRole('progressbar', { name: 'Exercise' })).toHaveAttribute('aria-valuetext', '3 activities, 100% · 1 hr 1 min')
  await user.click(time.getByRole('button', { name: 'Show table' }))
  expect(time.getByRole('row', { name: 'Fri 20 Nov 41 min' })).toBeVisible()
})

test('an error stays in its card and can be tried again', async () => {
  const { user } = renderPage(<ActivityPage />, { handlers: [refuses('get', '/api/activities/points-distribution', 500, 'internal'), ...handlers()] })
  const points = await region('Points')
  await points.findByRole('alert')
  expect(await screen.findByText('Exercise completed')).toBeVisible()
  server.use(...handlers())
  await user.click(points.getByRole('button', { name: 'Try again' }))
  expect(await points.findByText('30')).toBeVisible()
})

test('what was surely recorded too long ago is not offered', async () => {
  const own = (id: string, hours: number) =>
    done(id, '2026-11-13', { sender: 'learner', verb: 'practised', object_type: id, occurred_at: new Date(NOW - hours * HOUR).toISOString() })
  const feed = { ...FEED, activities: [own('late', 8 * 24 + 1), own('dated_back', 8 * 24 - 1)], next: null }
  renderPage(<ActivityPage />, { handlers: handlers(feed) })
  expect(await screen.findByRole('button', { name: 'Take back: Dated back practised' })).toBeVisible()
  expect(screen.queryByRole('button', { name: 'Take back: Late practised' })).not.toBeInTheDocument()
})

test('that it is too late is said in the question, which stays open', async () => {
  const { user } = renderPage(<ActivityPage />, {
    handlers: [refuses('delete', '/api/activities/{activity_id}', 409, 'void_too_late'), ...handlers()],
  })
  await user.click(await screen.findByRole('button', { name: 'Take back: Checked in' }))
  await user.click(await screen.findByRole('button', { name: 'Take it back' }))
  const question = within(await screen.findByRole('dialog'))
  expect(await question.findByRole('alert')).toHaveTextContent('It was recorded more than 24 hours ago, so it stays.')
})

test('Activity speaks German', async () => {
  renderPage(<ActivityPage />, { handlers: handlers(), language: 'de' })
  expect(await screen.findByText('Übung abgeschlossen')).toBeVisible()
  expect(await screen.findByRole('button', { name: 'Zurücknehmen: Eingecheckt' })).toBeVisible()
})
