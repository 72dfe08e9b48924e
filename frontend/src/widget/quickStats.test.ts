import { http, HttpResponse } from 'msw'
import { afterEach, expect, test, vi } from 'vitest'

import { tokenFor } from '@/testing/render'
import { server } from '@/testing/server'

import { allowsPage, API, OPEN } from './crossOrigin'
import { QuickStatsElement } from './quickStats'

const STATS = {
  from: '2026-11-17', to: '2026-11-23', today: '2026-11-23', total_scheduled_minutes: 150, completed_tasks_count: 3, due_tasks_count: 4,
  due_completed_tasks_count: 2, focus_time_utilization: 0.75, focus_utilization_ratio: 0.75,
  top_category: { category_id: null, name: '<b>Reading</b>', minutes: 90 }, streak_days_completed: 2,
}
const { streak_days_completed: _days, ...QUIET } = STATS
const NOTHING = {
  ...QUIET, total_scheduled_minutes: 0, completed_tasks_count: 0, due_tasks_count: 0, due_completed_tasks_count: 0,
  focus_utilization_ratio: null, top_category: null,
}

interface Call {
  readonly url: string
  readonly token: string | null
}

/** Answers each call with the next of these, and the last of them for ever; a number is a refusal. */
function service(...answers: (object | number)[]): Call[] {
  const calls: Call[] = []
  allowsPage()
  server.use(
    http.get(`${API}/api/analytics/quick-stats`, ({ request }) => {
      calls.push({ url: request.url, token: request.headers.get('Authorization') })
      const answer = answers[Math.min(calls.length, answers.length) - 1] ?? 500
      return typeof answer === 'number' ? HttpResponse.json({}, { status: answer, headers: OPEN }) : new HttpResponse(JSON.stringify(answer), { headers: OPEN })
    }),
  )
  return calls
}

function place(attributes: Readonly<Record<string, string>> = {}, set: (element: QuickStatsElement) => void = (one) => (one.token = tokenFor('ada'))) {
  const element = new QuickStatsElement()
  for (const [name, value] of Object.entries({ api: API, ...attributes })) element.setAttribute(name, value)
  set(element)
  document.body.append(element)
  return element
}

const text = (element: Element) => element.shadowRoot?.querySelector('section')?.textContent ?? ''
const button = (element: Element) => element.shadowRoot?.querySelector('button')
const becomes = (element: HTMLElement, state: string) => vi.waitFor(() => expect(element.dataset['state']).toBe(state))

afterEach(() => {
  document.body.replaceChildren()
  vi.useRealTimers()
})

test('the figures are those of the answer, as text', async () => {
  const calls = service(STATS)
  const element = place({ day: '2026-11-23', 'date-range': 'today' })
  expect(element.dataset['state']).toBe('loading')
  expect(element.shadowRoot?.querySelector('section')).toHaveAttribute('aria-busy', 'true')
  await becomes(element, 'ready')
  const values = [...(element.shadowRoot?.querySelectorAll('dd') ?? [])].map((one) => one.textContent)
  expect(values).toEqual(['2 hr 30 min', '3', '<b>Reading</b>', '75%', '2'])
  expect(element.shadowRoot?.querySelector('section')).toHaveAttribute('aria-busy', 'false')
  expect(calls.map(({ url }) => new URL(url).search)).toEqual(['?date_range=today&view_context=dashboard&end_date=2026-11-23'])
})

test('quiet mode has no days in a row; an empty answer says so, in German', async () => {
  service(QUIET)
  const quiet = place()
  await becomes(quiet, 'ready')
  expect(quiet).toHaveAttribute('data-quiet')
  expect(text(quiet)).not.toContain('Days in a row')
  service(NOTHING)
  const empty = place({ language: 'de' })
  await becomes(empty, 'empty')
  expect(text(empty)).toContain('Hier ist nichts geplant.')
})

test('an error can be tried again, and the focus stays in the card', async () => {
  service(503, STATS)
  const element = place()
  await becomes(element, 'failed')
  expect(element.shadowRoot?.querySelector('[role=status]')).toHaveTextContent('Your figures did not arrive.')
  button(element)?.focus()
  button(element)?.click()
  await becomes(element, 'ready')
  expect(element.shadowRoot?.activeElement).toBe(element.shadowRoot?.querySelector('section'))
})

test('a refused token is replaced once by the provider, and never stands in the page', async () => {
  const calls = service(401, STATS)
  const tokens = [tokenFor('ada'), `${tokenFor('ada')}new`]
  const element = place({}, (one) => (one.tokenProvider = () => Promise.resolve(tokens[calls.length] ?? null)))
  await becomes(element, 'ready')
  expect(calls.map(({ token }) => token)).toEqual(tokens.map((token) => `Bearer ${token}`))
  for (const token of tokens) {
    expect(document.documentElement.outerHTML + (element.shadowRoot?.innerHTML ?? '')).not.toContain(token)
  }
  expect(Reflect.get(element, 'token')).toBeUndefined()
})

test('without a token it asks by an event', async () => {
  const calls = service(STATS)
  const hear = ({ target }: Event) => {
    if (target instanceof QuickStatsElement) target.token = tokenFor('ada')
  }
  document.addEventListener('milepost-token-wanted', hear, { once: true })
  await becomes(place({}, () => undefined), 'ready')
  expect(calls).toHaveLength(1)
})

test('when nobody gives a token it asks to sign in, and goes on when there is one', async () => {
  service(STATS)
  const element = place({}, (one) => (one.tokenProvider = () => Promise.reject(new Error('offline'))))
  await becomes(element, 'signed-out')
  element.token = tokenFor('ada')
  await becomes(element, 'ready')
})

test('the figures of somebody else, and of nobody, are forgotten at once', async () => {
  service(STATS)
  const element = place()
  await becomes(element, 'ready')
  element.token = tokenFor('bob')
  expect(text(element)).not.toContain('Reading')
  await becomes(element, 'ready')
  element.token = null
  expect(element.dataset['state']).toBe('signed-out')
  expect(text(element)).not.toContain('Reading')
})

test('it reads again every minute while it is seen, and keeps the figures if that fails', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  const calls = service(STATS, 503, STATS)
  const element = place()
  await becomes(element, 'ready')
  await vi.advanceTimersByTimeAsync(61_000)
  await vi.waitFor(() => expect(text(element)).toContain('could not be refreshed'))
  expect(text(element)).toContain('Reading')
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
  document.dispatchEvent(new Event('visibilitychange'))
  await vi.advanceTimersByTimeAsync(300_000)
  expect(calls).toHaveLength(2)
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('visible')
  document.dispatchEvent(new Event('visibilitychange'))
  await vi.advanceTimersByTimeAsync(10)
  await vi.waitFor(() => expect(text(element)).not.toContain('could not be refreshed'))
  expect(calls).toHaveLength(3)
})

test('what a page sets before the element is known is not lost', async () => {
  const calls = service(STATS)
  const element = new QuickStatsElement()
  Object.defineProperty(element, 'token', { value: tokenFor('ada'), configurable: true, writable: true, enumerable: true })
  element.setAttribute('api', API)
  document.body.append(element)
  await becomes(element, 'ready')
  expect(calls).toHaveLength(1)
})
