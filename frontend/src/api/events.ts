// Server-sent events out of the bytes of a response (WHATWG HTML, 9.2), as the live stream sends them.

export interface StreamEvent {
  readonly name: string
  readonly data: string
}

export interface StreamPlace {
  lastEventId: string | null
  retryMilliseconds: number
}

/** The events of a body, in order. `place` follows the ids and the wait before reconnecting that the body names. */
export async function* events(body: ReadableStream<Uint8Array>, place: StreamPlace): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let rest = ''
  let name = ''
  let lines: string[] = []
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const parts = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/)
      rest = parts.pop() ?? ''
      for (const line of parts) {
        if (line === '') {
          if (lines.length > 0) yield { name: name === '' ? 'message' : name, data: lines.join('\n') }
          name = ''
          lines = []
          continue
        }
        const [, field = '', text = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? []
        if (field === 'event') name = text
        else if (field === 'data') lines.push(text)
        else if (field === 'id' && !text.includes('\0')) place.lastEventId = text
        else if (field === 'retry' && /^\d+$/.test(text)) place.retryMilliseconds = Number(text)
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
