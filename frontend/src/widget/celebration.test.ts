import { http, HttpResponse } from 'msw'
import { afterEach, expect, test, vi } from 'vitest'

import { tokenFor } from '@/testing/render'
import { server } from '@/testing/server'

import { celebrate, CelebrationElement } from './celebration'
import { allowsPage, API, OPEN } from './crossOrigin'

const FIRST = { code: 'first-steps', title: 'First steps', description: 'Your first activity', points: 10 }
const WEEK = { code: 'week', title: 'A whole week', description: 'Seven days in a row', points: 50 }

function notice(id: string, unlock: object, seenAt: string | null = null): string {
  return `event: notice\nid: ${id}\ndata: ${JSON.stringify({ id, kind: 'achievement_unlocked', seen_at: seenAt, achievement: unlock })}\n\n`
}

/** Each connection gets the next of these and stays open. */
function stream(...bodies: string[]) {
  const calls: { lastEventId: string | null; token: string | null }[] = []
  const seen: unknown[] = []
  allowsPage()
  server.use(
    http.get(`${API}/api/notifications/stream`, ({ request }) => {
      calls.push({ lastEventId: request.headers.get('Last-Event-ID'), token: request.headers.get('Authorization') })
      const bytes = new TextEncoder().encode(bodies[calls.length - 1] ?? '')
      const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(bytes) })
      return new HttpResponse(body, { headers: { ...OPEN, 'Content-Type': 'text/event-stream' } })
    }),
    http.post(`${API}/api/notifications/seen`, async ({ request }) => {
      seen.push(await request.json())
      return HttpResponse.json({}, { headers: OPEN })
    }),
  )
  return { calls, seen }
}

function place(): CelebrationElement {
  const element = new CelebrationElement()
  element.setAttribute('api', API)
  element.tokenProvider = () => tokenFor('ada')
  document.body.append(element)
  return element
}

const titles = () => [...(document.querySelector('milepost-celebration')?.shadowRoot?.querySelectorAll('h2') ?? [])].map((one) => one.textContent)

function visibility(state: 'visible' | 'hidden') {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state)
  document.dispatchEvent(new Event('visibilitychange'))
}

afterEach(() => document.body.replaceChildren())

test('each unlock of the stream is one notice; closing it marks it as seen', async () => {
  const { calls, seen } = stream(notice('4.0', FIRST) + notice('4.1', WEEK) + notice('4.1', WEEK))
  const element = place()
  await vi.waitFor(() => expect(titles()).toEqual(['First steps', 'A whole week']))
  expect(calls[0]?.token).toBe(`Bearer ${tokenFor('ada')}`)
  expect(element.shadowRoot?.querySelector('[role=status]')).not.toBeNull()
  const close = element.shadowRoot?.querySelector('button')
  expect(close).toHaveAccessibleName('Close: First steps')
  close?.click()
  expect(titles()).toEqual(['A whole week'])
  await vi.waitFor(() => expect(seen).toEqual([{ ids: ['4.0'] }]))
})

test('what was seen elsewhere, and what is no unlock, is not said', async () => {
  stream(notice('4.0', FIRST, '2026-11-23T10:00:00Z') + 'event: notice\nid: 4.1\ndata: {"id":"4.1","achievement":null}\n\n' + notice('4.2', WEEK))
  place()
  await vi.waitFor(() => expect(titles()).toEqual(['A whole week']))
})

test('a hidden page reads nothing, and goes on after the last event when it is seen again', async () => {
  const { calls } = stream(notice('4.0', FIRST), notice('5.0', WEEK))
  place()
  await vi.waitFor(() => expect(titles()).toEqual(['First steps']))
  visibility('hidden')
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(calls).toHaveLength(1)
  visibility('visible')
  await vi.waitFor(() => expect(titles()).toEqual(['First steps', 'A whole week']))
  expect(calls[1]?.lastEventId).toBe('4.0')
})

test('a site may celebrate by itself, once for each unlock, without a service', () => {
  document.documentElement.lang = 'de'
  celebrate([FIRST])
  celebrate([FIRST, WEEK])
  expect(titles()).toEqual(['First steps', 'A whole week'])
  expect(document.querySelector('milepost-celebration')?.shadowRoot?.textContent).toContain('50 Punkte')
  document.documentElement.lang = 'en'
})

test('nothing of one learner is left for the next', async () => {
  stream(notice('4.0', FIRST))
  const element = place()
  await vi.waitFor(() => expect(titles()).toEqual(['First steps']))
  element.token = null
  expect(titles()).toEqual([])
})
