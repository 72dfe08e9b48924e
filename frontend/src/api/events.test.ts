import { expect, test } from 'vitest'

import { events, type StreamEvent, type StreamPlace } from './events'

function bodyOf(...chunks: readonly string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })
}

async function all(body: ReadableStream<Uint8Array>, place: StreamPlace): Promise<readonly StreamEvent[]> {
  const found: StreamEvent[] = []
  for await (const event of events(body, place)) found.push(event)
  return found
}

test('events come in order, cut anywhere, and the place follows ids and retry', async () => {
  const place: StreamPlace = { lastEventId: null, retryMilliseconds: 1 }
  const body = bodyOf('retry: 2000\nid: 8', '.0\n\n: heartbeat\n\nid: 9.1\nevent: not', 'ice\ndata: {"a"', ':1}\n\nevent: activity\ndata: {}\n\n')
  expect(await all(body, place)).toEqual([
    { name: 'notice', data: '{"a":1}' },
    { name: 'activity', data: '{}' },
  ])
  expect(place).toEqual({ lastEventId: '9.1', retryMilliseconds: 2000 })
})

test('an event that is not finished is not told', async () => {
  const place: StreamPlace = { lastEventId: null, retryMilliseconds: 1 }
  expect(await all(bodyOf('event: notice\ndata: {}\n'), place)).toEqual([])
})
