import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, expect, test, vi } from 'vitest'

import { renderPage } from '@/testing/render'
import { answers, refuses, server } from '@/testing/server'

import { DashboardPage } from './AnalyticsPage'
import type { Dashboard } from './api/dashboard'
import type { QuickStats } from './api/quickStats'

// There is no canvas here; the tables say what is drawn.
vi.mock('@/parts/charts/ChartCanvas', () => ({ default: () => null }))

const saved = vi.hoisted(() => vi.fn<(content: Blob, name: string) => void>())
vi.mock('@/api/files', async (original) => ({ ...(await original<typeof import('@/api/files')>()), saveBlob: saved }))

const FIGURES = {
  total_scheduled_minutes: 0, completed_scheduled_minutes: 0, focus_minutes: 0, focus_slot_minutes: 0, completed_tasks_count: 0,
  due_tasks_count: 0, due_completed_tasks_count: 0, completion_rate: null, focus_time_utilization: null, focus_utilization_ratio: null,
}
const day = (date: string, figures: Partial<Dashboard['trend'][number]> = {}) => ({ ...FIGURES, date, day: date, ...figures })
const share = (category: string | null, name: string, minutes: number, percent: number, color: 'petrol' | 'copper' | 'graphite' = 'petrol') => ({
  category_id: category, category: category ?? 'uncategorised', name, minutes, color, percent, share_percent: percent,
})

const DASHBOARD: Dashboard = {
  period: 'weekly', from: '2026-11-20', to: '2026-11-21', today: '2026-11-21',
  total_scheduled_minutes: 150, completed_scheduled_minutes: 60, focus_minutes: 45, focus_slot_minutes: 120, completed_tasks_count: 2,
  due_tasks_count: 4, due_completed_tasks_count: 3, completion_rate: 0.75, focus_time_utilization: 0.38, focus_utilization_ratio: 0.38,
  top_category: { category_id: 'c1', name: 'Reading', minutes: 100 }, streak_days_completed: 1,
  category_distribution: [share('c1', 'Reading', 100, 66.7), share(null, 'Uncategorised', 50, 33.3, 'graphite')],
  trend: [
    day('2026-11-20', { total_scheduled_minutes: 90, focus_minutes: 45, completed_scheduled_minutes: 60, completed_tasks_count: 2 }),
    day('2026-11-21', { total_scheduled_minutes: 60 }),
  ],
  previous: {
    ...FIGURES, from: '2026-11-18', to: '2026-11-19', total_scheduled_minutes: 30, focus_minutes: 60, completed_tasks_count: 2,
    focus_slot_minutes: 120, focus_time_utilization: 0.5,
  },
  goals: [
    {
      goal_id: 'g1', name: 'Five hours a week', target_type: 'minutes', target_value: 300, achieved_value: 150, percent_complete: 50,
      status: 'on_track', period: { start: '2026-11-16', end: '2026-11-22' },
    },
  ],
}
const STATS: QuickStats = {
  from: '2026-11-20', to: '2026-11-21', today: '2026-11-21', total_scheduled_minutes: 150, completed_tasks_count: 2, due_tasks_count: 4,
  due_completed_tasks_count: 3, focus_time_utilization: 0.38, focus_utilization_ratio: 0.38,
  top_category: { category_id: 'c1', name: 'Reading', minutes: 100 }, streak_days_completed: 5,
}
const CATEGORY = { category_id: 'c1', name: 'Reading', color: 'petrol' as const, position: 0, etag: '"1"', created_at: '2026-11-01T00:00:00Z' }

const asked: string[] = []
const handlers = (dashboard: Dashboard = DASHBOARD) => [
  answers('get', '/api/analytics/dashboard', ({ request }) => {
    asked.push(new URL(request.url).search)
    return dashboard
  }),
  answers('get', '/api/analytics/quick-stats', ({ request }) => {
    asked.push(new URL(request.url).search)
    return STATS
  }),
  answers('get', '/api/categories', { categories: [CATEGORY] }),
]

beforeEach(() => {
  asked.length = 0
  saved.mockClear()
})

const region = async (name: string) => within(await screen.findByRole('region', { name }))

test('four figures say how they changed', async () => {
  renderPage(<DashboardPage />, { handlers: handlers() })
  const figures = await region('These days')
  expect(await figures.findByText('2 hr 30 min')).toBeVisible()
  expect(figures.getByText('2 hr more than before')).toBeVisible()
  expect(figures.getByText('15 min less than before')).toBeVisible()
  expect(figures.getByText('as before')).toBeVisible()
  expect(figures.getByText('12 points less than before')).toBeVisible()
  expect(screen.getByText(/compared with the 2 days before/)).toBeVisible()
})

test('a figure says what it is made of, and its parts are the figure', async () => {
  const { user } = renderPage(<DashboardPage />, { handlers: handlers() })
  await user.click(await screen.findByRole('button', { name: 'Why Scheduled' }))
  const parts = within(await screen.findByRole('dialog'))
  expect(parts.getByText('Reading').nextElementSibling).toHaveTextContent('1 hr 40 min')
  expect(parts.getByText('Uncategorised').nextElementSibling).toHaveTextContent('50 min')
  expect(parts.getByText(/^Before, 18.–.19 November$/).nextElementSibling).toHaveTextContent('30 min')
})

test('the doughnut has its table open, with the total inside', async () => {
  renderPage(<DashboardPage />, { handlers: handlers() })
  const card = await region('Where the time went')
  expect(await card.findByRole('row', { name: 'Reading 1 hr 40 min 66.7%' })).toBeVisible()
  expect(card.getByRole('row', { name: 'Uncategorised 50 min 33.3%' })).toBeVisible()
  expect(card.getByText('2 hr 30 min')).toBeVisible()
})

test('lines show the days, the goal as a level line, and both rates their numbers', async () => {
  const { user } = renderPage(<DashboardPage />, { handlers: handlers() })
  const card = await region('Minutes per day')
  expect(await card.findByText('Goal “Five hours a week”: 43 min a day')).toBeVisible()
  expect(card.getByText('Most is scheduled on Friday 20 November: 1 hr 30 min.')).toBeVisible()
  await user.click(card.getByRole('button', { name: 'Show table' }))
  expect(card.getByRole('row', { name: 'Fri 20 Nov 1 hr 30 min 45 min 1 hr' })).toBeVisible()
  await user.selectOptions(card.getByRole('combobox', { name: 'Line of a goal' }), 'None')
  expect(card.queryByText(/43 min a day/)).not.toBeInTheDocument()
  expect(screen.getByRole('progressbar', { name: 'Completion rate' })).toHaveAttribute('aria-valuetext', '3 of 4, 75%')
  expect(screen.getByRole('progressbar', { name: 'Focus utilisation' })).toHaveAttribute('aria-valuetext', '45 min of 2 hr, 38%')
})

test('a measure stands beside the same weekdays before', async () => {
  const past = { ...DASHBOARD, from: '2026-11-13', to: '2026-11-14', trend: [day('2026-11-13', { focus_minutes: 20 }), day('2026-11-14')] }
  const { user, router } = renderPage(<DashboardPage />, { handlers: handlers() })
  const card = await region('Minutes per day')
  server.use(answers('get', '/api/analytics/dashboard', ({ request }) => (request.url.includes('from=2026-11-13&to=2026-11-14') ? past : DASHBOARD)))
  await user.selectOptions(await card.findByRole('combobox', { name: 'Compare with before' }), 'Focus')
  expect(router.state.location.search).toBe('?compare=focus')
  expect(await card.findByText(/13.–.14 November, the same weekdays a week earlier/)).toBeVisible()
  await user.click(card.getByRole('button', { name: 'Show table' }))
  expect(await card.findByRole('row', { name: 'Fri 20 Nov 45 min 20 min' })).toBeVisible()
  expect(card.getByText('Most focus time is on Friday 20 November: 45 min.')).toBeVisible()
})

test('filters stand in the address and are asked of the service', async () => {
  const { user, router } = renderPage(<DashboardPage />, { handlers: handlers() })
  await screen.findByText('2 days before', { exact: false })
  expect(asked).toEqual(expect.arrayContaining(['?period=weekly', '?view_context=dashboard&date_range=7d']))
  await user.click(screen.getByRole('radio', { name: 'Monthly' }))
  await user.selectOptions(screen.getByRole('combobox', { name: 'Category' }), 'Reading')
  expect(router.state.location.search).toBe('?period=monthly&category=c1')
  await waitFor(() => expect(asked).toEqual(expect.arrayContaining(['?period=monthly&category_id=c1', '?view_context=dashboard&date_range=30d&category_id=c1'])))
  await user.click(screen.getByRole('radio', { name: 'Own range' }))
  expect(router.state.location.search).toBe('?category=c1&from=2026-11-20&to=2026-11-21')
})

test('an impossible range is said at its fields, and not asked', async () => {
  const { user, router } = renderPage(<DashboardPage />, { handlers: handlers(), route: '/?from=2026-11-20&to=2026-11-21' })
  const last = await screen.findByLabelText('Last day')
  await user.clear(last)
  await user.type(last, '2026-11-01')
  expect(await screen.findByRole('alert')).toHaveTextContent('The last day is before the first.')
  expect(last).toBeInvalid()
  expect(last).toHaveAccessibleDescription('The last day is before the first.')
  expect(router.state.location.search).toBe('?from=2026-11-20&to=2026-11-21')
})

test('what the service says to a range stands at its fields', async () => {
  const problem = {
    status: 422, code: 'invalid_query', detail: 'no', request_id: 'r',
    errors: [{ pointer: '/from', code: 'too_long', message: 'is long', values: { max_days: 400, days: 1064 } }],
  }
  const refused = http.get('http://localhost:3000/api/analytics/dashboard', () => HttpResponse.json(problem, { status: 422 }))
  renderPage(<DashboardPage />, { handlers: [refused, ...handlers()], route: '/?from=2024-01-01&to=2026-11-21' })
  expect(await screen.findByText('At most 400 days are possible.')).toBeVisible()
  expect(screen.queryByRole('button', { name: 'Try again' })).not.toBeInTheDocument()
})

test('the CSV file of these days is saved, and a toast says which days', async () => {
  const csv = '\uFEFFdate,total\r\n2026-11-20,90\r\n2026-11-21,60\r\n'
  const file = http.get('http://localhost:3000/api/analytics/export.csv', ({ request }) => {
    asked.push(new URL(request.url).search)
    return new HttpResponse(csv, { headers: { 'Content-Disposition': 'attachment; filename="planner-2026-11-20-2026-11-21.csv"' } })
  })
  const { user } = renderPage(<DashboardPage />, { handlers: [file, ...handlers()], route: '/?category=c1' })
  await screen.findByText('2 days before', { exact: false })
  await user.click(screen.getByRole('button', { name: 'Save these days as CSV' }))
  expect(await screen.findByText('CSV saved: 2 days, 20 November to 21 November.')).toBeVisible()
  expect(asked).toContain('?from=2026-11-20&to=2026-11-21&category_id=c1&bom=1')
  const [content, name] = saved.mock.calls[0] ?? []
  expect(name).toBe('planner-2026-11-20-2026-11-21.csv')
  expect(content?.size).toBe(new TextEncoder().encode(csv).length)
})

test('a file that does not come is said in a toast', async () => {
  const { user } = renderPage(<DashboardPage />, {
    handlers: [refuses('get', '/api/analytics/export.csv', 503, 'busy'), ...handlers()],
  })
  await screen.findByText('2 days before', { exact: false })
  await user.click(screen.getByRole('button', { name: 'Save these days as CSV' }))
  expect(await screen.findByText('busy')).toBeVisible()
  expect(saved).not.toHaveBeenCalled()
})

test('the quick stats say the run of days, and leave it out in quiet mode', async () => {
  const { unmount } = renderPage(<DashboardPage />, { handlers: handlers() })
  expect(await screen.findByText('5 days')).toBeVisible()
  expect(screen.getByText('3 of 4')).toBeVisible()
  unmount()
  const { streak_days_completed: _, ...quiet } = STATS
  renderPage(<DashboardPage />, { handlers: [answers('get', '/api/analytics/quick-stats', quiet), ...handlers()] })
  expect(await screen.findByText('3 of 4')).toBeVisible()
  expect(screen.queryByText('5 days')).not.toBeInTheDocument()
})

test('goals show their progress, and are absent where they are switched off', async () => {
  const { unmount } = renderPage(<DashboardPage />, { handlers: handlers() })
  const bar = await screen.findByRole('progressbar', { name: 'Five hours a week' })
  expect(bar).toHaveAttribute('aria-valuetext', expect.stringMatching(/^2 hr 30 min of 5 hr \(50%\) · 16.–.22 November$/))
  expect(screen.getByText('On track')).toBeVisible()
  unmount()
  const { goals: _, ...without } = DASHBOARD
  renderPage(<DashboardPage />, { handlers: handlers(without) })
  await screen.findByText('2 hr more than before')
  expect(screen.queryByRole('region', { name: 'Goals' })).not.toBeInTheDocument()
})

test('days without anything planned lead to the planner', async () => {
  const { due_tasks_count: _, ...rest } = FIGURES
  const blank: Dashboard = { ...DASHBOARD, ...rest, due_tasks_count: 0, top_category: null, category_distribution: [], goals: [] }
  renderPage(<DashboardPage />, { handlers: handlers(blank) })
  expect(await screen.findByRole('link', { name: 'Open the planner' })).toHaveAttribute('href', '/planner')
  expect(screen.getByRole('link', { name: 'Set a goal' })).toHaveAttribute('href', '/goals')
  expect(screen.queryByRole('region', { name: 'These days' })).not.toBeInTheDocument()
})

test('an error stays in its card and can be tried again', async () => {
  const { user } = renderPage(<DashboardPage />, { handlers: [refuses('get', '/api/analytics/dashboard', 500, 'internal'), ...handlers()] })
  const figures = await region('These days')
  await figures.findByRole('alert')
  expect(screen.getByText('5 days')).toBeVisible()
  server.use(...handlers())
  await user.click(figures.getByRole('button', { name: 'Try again' }))
  expect(await figures.findByText('2 hr 30 min')).toBeVisible()
})
