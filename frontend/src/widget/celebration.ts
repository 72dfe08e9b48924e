// <milepost-celebration>: says what was earned, while a learner works on another site. One notice an achievement.
//
// The live stream is read only while the page is seen: browsers allow few connections a host, and a celebration in a
// hidden tab would be missed. It goes on after the last event that was read, so nothing is lost meanwhile.
import { events, type StreamPlace } from '@/api/events'

import { NOTICES, sheetOf } from './look'
import { make, Refused, ServiceElement } from './serviceElement'

/** As notices of the service and answers to recorded activities describe it. */
export interface Unlock {
  readonly code: string
  readonly title: string
  readonly description: string
  readonly points?: number
}

const NAME = 'milepost-celebration'
const FIRST_WAIT = 2_000
const LONGEST_WAIT = 60_000
const HARD = [403, 404, 410]
const sheet = sheetOf(NOTICES)

function isUnlock(value: unknown): value is Unlock {
  return typeof value === 'object' && value !== null && 'code' in value && 'title' in value && 'description' in value
}

/** The achievement of a notice that nobody has seen yet, and the notice's id. */
function unlockOf(notice: unknown): { id: string; unlock: Unlock } | null {
  if (typeof notice !== 'object' || notice === null || !('id' in notice) || !('achievement' in notice)) return null
  if ('seen_at' in notice && notice.seen_at !== null) return null
  return isUnlock(notice.achievement) ? { id: String(notice.id), unlock: notice.achievement } : null
}

export class CelebrationElement extends ServiceElement {
  static readonly observedAttributes = ['api', 'language']

  readonly #shown = new Set<string>()
  readonly #notices = make('div')
  #place: StreamPlace = { lastEventId: null, retryMilliseconds: FIRST_WAIT }
  #running: AbortController | null = null

  override connectedCallback(): void {
    super.connectedCallback()
    this.root.adoptedStyleSheets = [sheet]
    // It stands there empty before it is needed, or screen readers would not say the first notice.
    this.#notices.setAttribute('role', 'status')
    this.root.replaceChildren(this.#notices)
    document.addEventListener('visibilitychange', this.#onVisibility)
    this.resume()
  }

  disconnectedCallback(): void {
    document.removeEventListener('visibilitychange', this.#onVisibility)
    this.end()
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (name === 'api' && before !== after && this.isConnected) this.resume()
  }

  /** Shows each unlock in a notice of its own, once. */
  celebrate(unlocks: readonly Unlock[]): void {
    for (const unlock of unlocks) this.#say(unlock, null)
  }

  /** Follows the stream, if the element names a service and the page is seen. */
  protected override resume(): void {
    this.end()
    if (!this.hasAttribute('api') || document.visibilityState !== 'visible') return
    this.#running = new AbortController()
    void this.#follow(this.#running.signal)
  }

  protected override forget(): void {
    this.#shown.clear()
    this.#notices.replaceChildren()
    this.#place = { lastEventId: null, retryMilliseconds: FIRST_WAIT }
  }

  protected override end(): void {
    this.#running?.abort()
    this.#running = null
  }

  readonly #onVisibility = (): void => {
    if (document.visibilityState === 'visible') this.resume()
    else this.end()
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      let least = 0
      try {
        await this.#read(signal)
        failures = 0
      } catch (error) {
        const status = error instanceof Refused ? error.status : 0
        // Without a token it waits for one; where the service refuses for good it stops.
        if (signal.aborted || status === 401 || HARD.includes(status)) return
        if (status === 422) this.#place.lastEventId = null
        least = error instanceof Refused ? error.retryAfter * 1000 : 0
      }
      const longest = Math.min(this.#place.retryMilliseconds * 2 ** failures, LONGEST_WAIT)
      await pause(Math.max(least, longest * (0.5 + Math.random() / 2)), signal)
      if (signal.aborted) return
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const resume: Record<string, string> = this.#place.lastEventId === null ? {} : { 'Last-Event-ID': this.#place.lastEventId }
    const response = await this.request('/api/notifications/stream', signal, { headers: { Accept: 'text/event-stream', ...resume } })
    if (response.body === null) return
    for await (const { name, data } of events(response.body, this.#place)) {
      if (signal.aborted || name === 'reconnect') return
      if (name !== 'notice') continue
      const found = unlockOf(JSON.parse(data))
      if (found !== null) this.#say(found.unlock, found.id)
    }
  }

  #say(unlock: Unlock, noticeId: string | null): void {
    if (this.#shown.has(unlock.code)) return
    this.#shown.add(unlock.code)
    const { language, say, format } = this.words
    const card = make('article', 'card')
    card.lang = language
    card.setAttribute('part', 'notice')
    const text = make('div')
    const points = unlock.points === undefined ? '' : ` · ${say.points(format.number(unlock.points))}`
    text.append(make('p', 'soft', say.unlocked), make('h2', '', unlock.title), make('p', 'soft', `${unlock.description}${points}`))
    const close = make('button', '', '×')
    close.type = 'button'
    close.setAttribute('aria-label', say.close(unlock.title))
    close.addEventListener('click', () => {
      card.remove()
      if (noticeId !== null) void this.#markSeen(noticeId)
    })
    card.append(text, close)
    this.#notices.append(card)
  }

  /** So that no other tab or device says it again. If it fails, one of them may. */
  async #markSeen(id: string): Promise<void> {
    const headers = { 'Content-Type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify({ ids: [id] }) }
    await this.request('/api/notifications/seen', new AbortController().signal, init).catch(() => undefined)
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    }, { once: true })
  })
}

if (customElements.get(NAME) === undefined) customElements.define(NAME, CelebrationElement)

/** Shows unlocks that the site knows of itself, such as from the answer to a recorded activity. */
export function celebrate(unlocks: readonly Unlock[]): void {
  let element = document.querySelector(NAME)
  if (!(element instanceof CelebrationElement)) element = document.body.appendChild(document.createElement(NAME))
  if (element instanceof CelebrationElement) element.celebrate(unlocks)
}
