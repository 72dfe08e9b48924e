// What the planner's tests read, and what they keep of what is sent.
import { http, HttpResponse } from 'msw'
import { vi } from 'vitest'

import type { Answer } from '@/api/client'
import type { QuickStats } from '@/features/insight/api/quickStats'
import { answers, server } from '@/testing/server'

import type { PlannedDay } from './api/calendarDays'
import type { Category } from './api/categories'
import type { Task } from './api/tasks'

export const READING: Category = {
  etag: '"c1"', category_id: '11111111-1111-4111-8111-111111111111', name: 'Reading', color: 'copper', position: 0,
  created_at: '2026-11-01T08:00:00Z',
}
export const STUDY: Category = { ...READING, etag: '"c2"', category_id: '22222222-2222-4222-8222-222222222222', name: 'Study', position: 1 }
export const CHAPTER: Task = {
  etag: '"t1"', task_id: '33333333-3333-4333-8333-333333333333', title: 'Chapter 3', category_id: READING.category_id,
  status: 'pending', due_day: '2026-11-23', completed_at: null, created_at: '2026-11-01T08:00:00Z', updated_at: '2026-11-01T08:00:00Z',
  scheduled_slots: [{ starts_at: '2026-11-23T16:00:00Z', ends_at: '2026-11-23T17:30:00Z' }],
}
export const QUICK_STATS: QuickStats = {
  from: '2026-11-17', to: '2026-11-23', today: '2026-11-23', total_scheduled_minutes: 150, completed_tasks_count: 3, due_tasks_count: 4,
  due_completed_tasks_count: 2, focus_time_utilization: 0.75, focus_utilization_ratio: 0.75,
  top_category: { category_id: READING.category_id, name: 'Reading', minutes: 90 }, streak_days_completed: 2,
}
const EMPTY: Omit<PlannedDay, 'day'> = {
  total_scheduled_minutes: 0, completed_scheduled_minutes: 0, focus_minutes: 0, focus_slot_minutes: 0, completed_tasks_count: 0,
  due_tasks_count: 0, due_completed_tasks_count: 0, focus_slots: [], scheduled_slots: [], due_tasks: [], has_more: false,
}
export const MONDAY: PlannedDay = {
  ...EMPTY, day: '2026-11-23', total_scheduled_minutes: 90, focus_minutes: 60, focus_slot_minutes: 120, due_tasks_count: 2,
  due_completed_tasks_count: 1,
  focus_slots: [{ starts_at: '2026-11-23T16:00:00Z', ends_at: '2026-11-23T18:00:00Z' }],
  scheduled_slots: [
    { task_id: CHAPTER.task_id, title: 'Chapter 3', category_id: READING.category_id, status: 'pending', minutes: 90, starts_at: '2026-11-23T16:00:00Z', ends_at: '2026-11-23T17:30:00Z' },
    { task_id: '44444444-4444-4444-8444-444444444444', title: 'Exercises', category_id: null, status: 'completed', minutes: 60, starts_at: '2026-11-23T17:00:00Z', ends_at: '2026-11-23T18:00:00Z' },
  ],
  due_tasks: [{ task_id: CHAPTER.task_id, title: 'Chapter 3', category_id: READING.category_id, status: 'pending', completed_at: null }],
}

function daysFrom(from: string, to: string, planned: readonly PlannedDay[]): Answer<'/api/calendar-days'> {
  const days: PlannedDay[] = []
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10)
    days.push(planned.find((one) => one.day === day) ?? { ...EMPTY, day })
  }
  return { from, to, today: '2026-11-23', days }
}

/** The days that were asked for. */
export const asked: string[] = []

export interface Plan {
  readonly planned?: readonly PlannedDay[]
  readonly tasks?: readonly Task[]
  readonly categories?: readonly Category[]
}

/** All answers that the page reads: Ada in Berlin on Monday 23 November 2026. */
export function planner({ planned = [MONDAY], tasks = [CHAPTER], categories = [READING, STUDY] }: Plan = {}) {
  return [
    answers('get', '/api/me', { learner_id: 'ada', timezone: 'Europe/Berlin', zone_source: 'profile', zone_change_allowed_at: null, local_day: '2026-11-23', quiet: false, display_name: 'Ada', boards: true, digest_weekday: null }),
    http.get('http://localhost:3000/api/features', () => HttpResponse.json({ week_start: 'monday' })),
    answers('get', '/api/calendar-days', ({ request }) => {
      const query = new URL(request.url).searchParams
      asked.push(query.toString())
      return daysFrom(query.get('from') ?? '', query.get('to') ?? '', planned)
    }),
    answers('get', '/api/analytics/quick-stats', QUICK_STATS),
    answers('get', '/api/categories', { categories: [...categories] }),
    answers('get', '/api/tasks', ({ request }) => {
      const status = new URL(request.url).searchParams.get('status')
      return { from: null, to: null, today: '2026-11-23', next: null, tasks: tasks.filter((one) => status === null || one.status === status) }
    }),
    answers('get', '/api/tasks/{task_id}', CHAPTER),
  ]
}

/** Whether there is room for seven days beside each other. */
export function media(isWide: boolean) {
  vi.spyOn(window, 'matchMedia').mockImplementation((query) => {
    const list = new EventTarget()
    return Object.assign(list, { matches: query.includes('62em') && isWide, media: query, onchange: null, addListener: () => undefined, removeListener: () => undefined })
  })
}

/** Answers a call with what it was sent, and keeps it. */
export function sent(method: 'post' | 'patch' | 'put' | 'delete', path: string, answer: object) {
  const calls: { body: unknown; ifMatch: string | null; url: string }[] = []
  server.use(
    http[method](`http://localhost:3000${path}`, async ({ request }) => {
      const text = await request.text()
      const body: unknown = text === '' ? null : JSON.parse(text)
      calls.push({ body, ifMatch: request.headers.get('If-Match'), url: request.url })
      return HttpResponse.json(answer)
    }),
  )
  return calls
}
