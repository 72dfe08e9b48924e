// The live stream: one a browser. The tab that holds the lock reads it and passes each commit on to the others.
import { request } from './client'
import { events, type StreamPlace } from './events'
import type { components } from './generated'
import { locks } from './locks'
import { PARTS, type Part } from './paths'
import { Problem } from './problems'

export type Notice = components['schemas']['NoticeOut']

/** What one commit changed. `parts` null: fetch everything again. */
export interface News {
  readonly parts: readonly Part[] | null
  readonly notices: readonly Notice[]
  readonly lastEventId: string | null
}

const LONGEST_WAIT = 60_000

function isPart(value: unknown): value is Part {
  return PARTS.some((part) => part === value)
}

function isNotice(value: unknown): value is Notice {
  return typeof value === 'object' && value !== null && 'id' in value && 'kind' in value && 'code' in value
}

function partsOf(content: unknown): readonly Part[] | null {
  if (typeof content !== 'object' || content === null || !('parts' in content)) return null
  return Array.isArray(content.parts) ? content.parts.filter(isPart) : null
}

/** One connection until it ends. A commit's notices come before its hint, so both leave together. */
export async function follow(place: StreamPlace, tell: (news: News) => void, signal: AbortSignal): Promise<void> {
  const resume = place.lastEventId === null ? {} : { 'Last-Event-ID': place.lastEventId }
  const headers = { Accept: 'text/event-stream', ...resume }
  const response = await request('get', '/api/notifications/stream', { headers, signal })
  if (response.body === null) return
  let notices: Notice[] = []
  for await (const { name, data } of events(response.body, place)) {
    if (name === 'reconnect') return
    const content: unknown = JSON.parse(data)
    if (name === 'notice' && isNotice(content)) notices.push(content)
    if (name === 'activity' || name === 'reset') {
      tell({ parts: name === 'reset' ? null : partsOf(content), notices, lastEventId: place.lastEventId })
      notices = []
    }
  }
}

/** Milliseconds before the next try: twice as long after each failure, with chance, at most a minute. */
export function wait(failures: number, place: StreamPlace, random: () => number = Math.random): number {
  const longest = Math.min(place.retryMilliseconds * 2 ** failures, LONGEST_WAIT)
  return longest * (0.5 + random() / 2)
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      window.removeEventListener('online', done)
      resolve()
    }
    const timer = setTimeout(done, signal.aborted ? 0 : milliseconds)
    window.addEventListener('online', done)
    signal.addEventListener('abort', done, { once: true })
  })
}

/** Follows the stream until the signal: connects again after every end, and stops where the service refuses. */
async function lead(place: StreamPlace, tell: (news: News) => void, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      await follow(place, (news) => {
        failures = 0
        tell(news)
      }, signal)
      failures = 0
    } catch (error) {
      if (error instanceof Problem && [401, 403, 410].includes(error.status)) return
      if (error instanceof Problem && error.code === 'invalid_last_event_id') place.lastEventId = null
      failures += 1
    }
    await pause(wait(failures, place), signal)
  }
}

function isNews(value: unknown): value is News {
  return typeof value === 'object' && value !== null && 'parts' in value && 'notices' in value
}

/** Tells of every commit of a learner until the signal, whichever tab reads the stream. */
export async function share(learnerId: string, tell: (news: News) => void, signal: AbortSignal): Promise<void> {
  const place: StreamPlace = { lastEventId: null, retryMilliseconds: 2000 }
  const channel = new BroadcastChannel(`milepost-live:${learnerId}`)
  signal.addEventListener('abort', () => channel.close(), { once: true })
  channel.addEventListener('message', ({ data: news }: MessageEvent<unknown>) => {
    if (!isNews(news)) return
    place.lastEventId = news.lastEventId
    tell(news)
  })
  const led = async (hasWaited: boolean) => {
    // A tab that followed and has heard no id does not know what came between the old leader's end and now.
    if (hasWaited && place.lastEventId === null) tell({ parts: null, notices: [], lastEventId: null })
    await lead(place, (news) => {
      channel.postMessage(news)
      tell(news)
    }, signal)
  }
  // Without locks (a page over plain http) every tab reads for itself.
  const held = locks()
  if (held === null) return lead(place, tell, signal)
  const name = `milepost-stream:${learnerId}`
  const isLeader = await held.request(name, { ifAvailable: true }, async (lock) => {
    if (lock !== null) await led(false)
    return lock !== null
  })
  if (isLeader || signal.aborted) return
  await held.request(name, { signal }, () => led(true)).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
