import { http, HttpResponse } from 'msw'
import { expect, test, vi } from 'vitest'

import { server } from '@/testing/server'

import { claim } from './celebrated'
import { isReadFrom } from './paths'
import { follow, wait, type News, type Notice } from './stream'

const STREAM = 'http://localhost:3000/api/notifications/stream'

function notice(id: string): Notice {
  const achievement = {
    code: 'exercises-50', title: 'Fifty', description: 'Fifty exercises', category: 'practice', tier: 'silver',
    points: 20, icon: 'star', earned_on: '2026-11-16',
  } as const
  return { id, kind: 'achievement_unlocked', code: 'unlocked', values: {}, text: 'Earned', created_at: '2026-11-16T10:00:00Z', seen_at: null, achievement }
}

test('a commit is told once, its notices with its hint, and the next connection resumes after it', async () => {
  const sent: (string | null)[] = []
  server.use(
    http.get(STREAM, ({ request }) => {
      sent.push(request.headers.get('Last-Event-ID'))
      const text = `id: 4.0\n\nid: 5.0\nevent: notice\ndata: ${JSON.stringify(notice('5.0'))}\n\nid: 5.1\nevent: activity\ndata: {"revision":5,"parts":["streak"]}\n\n`
      return new HttpResponse(text, { headers: { 'Content-Type': 'text/event-stream' } })
    }),
  )
  const place = { lastEventId: null, retryMilliseconds: 2000 }
  const told: News[] = []
  const { signal } = new AbortController()
  await follow(place, (news) => told.push(news), signal)
  await follow(place, () => undefined, signal)
  expect(told).toEqual([{ parts: ['streak'], notices: [notice('5.0')], lastEventId: '5.1' }])
  expect(sent).toEqual([null, '5.1'])
})

test('reset means that everything is read again', async () => {
  server.use(http.get(STREAM, () => new HttpResponse('id: 9.0\nevent: reset\ndata: {"revision":9,"reason":"too_old"}\n\n')))
  const told: News[] = []
  await follow({ lastEventId: '1.0', retryMilliseconds: 1 }, (news) => told.push(news), new AbortController().signal)
  expect(told).toEqual([{ parts: null, notices: [], lastEventId: '9.0' }])
})

test('waits grow with failures and end at a minute', () => {
  const place = { lastEventId: null, retryMilliseconds: 2000 }
  expect([0, 1, 2, 10].map((failures) => wait(failures, place, () => 1))).toEqual([2000, 4000, 8000, 60_000])
  expect(wait(0, place, () => 0)).toBe(1000)
})

test('an unlock is celebrated once in a browser, in the order of ids as numbers', async () => {
  expect(await claim('ada', [notice('9.0'), notice('10.0')])).toHaveLength(2)
  expect(await claim('ada', [notice('9.0'), notice('10.0')])).toHaveLength(0)
  expect(await claim('ada', [notice('10.1')])).toHaveLength(1)
  expect(await claim('bruno', [notice('9.0')])).toHaveLength(1)
})

test('tabs that hear of an unlock at once celebrate it once, though each still sees the old storage', async () => {
  const held = new Set<string>()
  const request = (name: string, _: unknown, use: (lock: object | null) => unknown) => {
    const isFree = !held.has(name)
    held.add(name)
    return Promise.resolve(use(isFree ? {} : null))
  }
  vi.stubGlobal('LockManager', vi.fn())
  vi.stubGlobal('navigator', { locks: { request } })
  const celebrated = []
  for (let tab = 0; tab < 3; tab++) {
    localStorage.clear()
    celebrated.push(...(await claim('chiyo', [notice('9.0')])))
  }
  vi.unstubAllGlobals()
  expect(celebrated).toHaveLength(1)
})

test('a hint finds the paths that read from its parts', () => {
  expect(isReadFrom('/api/progress/streak', ['streak'])).toBe(true)
  expect(isReadFrom('/api/progress', ['progress'])).toBe(true)
  expect(isReadFrom('/api/goals/{goal_id}/history', ['goals'])).toBe(true)
  expect(isReadFrom('/api/me', ['streak', 'goals'])).toBe(false)
})
