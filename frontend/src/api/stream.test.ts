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

type Use = (lock: object | null) => unknown

/** Locks as browsers give them: questions of one tab may arrive with those of another between them. */
class Locks {
  readonly #held = new Map<string, Promise<unknown>>()
  #asked = 0

  readonly request = async (name: string, ...rest: [Use] | [object, Use]): Promise<unknown> => {
    const use = rest.length === 1 ? rest[0] : rest[1]
    this.#asked += 1
    // The second question is on its way for long, so that those after it come first.
    const turns = this.#asked === 2 ? 20 : 2
    for (let turn = 0; turn < turns; turn++) await Promise.resolve()
    if (rest.length === 2 && this.#held.has(name)) return use(null)
    while (this.#held.has(name)) await this.#held.get(name)
    const using = Promise.resolve(use({}))
    this.#held.set(name, using)
    try {
      return await using
    } finally {
      this.#held.delete(name)
    }
  }
}

test('tabs that hear of unlocks at once celebrate them once and in one tab, though each still sees the old storage', async () => {
  vi.stubGlobal('LockManager', vi.fn())
  vi.stubGlobal('navigator', { locks: new Locks() })
  const tab = () => {
    localStorage.clear()
    return claim('chiyo', [notice('9.0'), notice('9.1')])
  }
  const celebrated = await Promise.all([tab(), tab(), tab()])
  celebrated.push(await tab())
  vi.unstubAllGlobals()
  expect(celebrated.map((notices) => notices.length).sort()).toEqual([0, 0, 0, 2])
})

test('a hint finds the paths that read from its parts', () => {
  expect(isReadFrom('/api/progress/streak', ['streak'])).toBe(true)
  expect(isReadFrom('/api/progress', ['progress'])).toBe(true)
  expect(isReadFrom('/api/goals/{goal_id}/history', ['goals'])).toBe(true)
  expect(isReadFrom('/api/me', ['streak', 'goals'])).toBe(false)
})
