// What a call can fail with. A class says what to do next: wait, sign in, or change the request.

export interface Fault {
  readonly pointer: string
  readonly message: string
  readonly code: string
  readonly values: Readonly<Record<string, unknown>>
}

/** The service refused (RFC 9457): `code` is stable, `requestId` finds the line in its log. */
export class Problem extends Error {
  override readonly name = 'Problem'

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly requestId: string | null,
    readonly faults: readonly Fault[] = [],
    /** Seconds that the service asks to wait. */
    readonly retryAfter: number | null = null,
  ) {
    super(`${code}: ${detail}`)
  }
}

/** No answer came: no network, or the service is away. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

const RETRIED = new Set([408, 429, 502, 503, 504])
const MOST_RETRIES = 3

/** Whether the same read may go well a moment later. A refusal never does. */
export function isPassing(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Problem && RETRIED.has(error.status))
}

export function retries(failures: number, error: unknown): boolean {
  return failures < MOST_RETRIES && isPassing(error)
}

/** Milliseconds to wait: what the service asks for, else 1, 2, 4 seconds. */
export function retryDelay(failures: number, error: unknown): number {
  const asked = error instanceof Problem ? error.retryAfter : null
  return asked === null ? 1000 * 2 ** failures : Math.min(asked, 60) * 1000
}

function isFault(value: unknown): value is Fault {
  return typeof value === 'object' && value !== null && 'pointer' in value && 'code' in value && 'message' in value
}

/** The problem that a response carries, whatever stands in its body. */
export async function problemOf(response: Response): Promise<Problem> {
  const id = response.headers.get('X-Request-ID')
  const wait = Number.parseInt(response.headers.get('Retry-After') ?? '', 10)
  const retryAfter = Number.isNaN(wait) ? null : wait
  const body: unknown = await response.json().catch(() => null)
  const text = (name: string, otherwise: string): string => {
    const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
    return typeof value === 'string' ? value : otherwise
  }
  const faults: unknown = typeof body === 'object' && body !== null && 'errors' in body ? body.errors : []
  return new Problem(
    response.status,
    text('code', `http_${response.status}`),
    text('detail', response.statusText),
    text('request_id', id ?? '') || null,
    Array.isArray(faults) ? faults.filter(isFault) : [],
    retryAfter,
  )
}

/** What is wrong with a field, if the error says so: `faultAt(error, '/zone', said, 'learners')`. */
export function faultAt(
  error: Error | null,
  pointer: string,
  said: (group: string, sentence: { code: string; values: Fault['values']; text: string }) => string,
  group: string,
): string | undefined {
  if (!(error instanceof Problem)) return undefined
  const fault = error.faults.find((one) => one.pointer === pointer || one.pointer.startsWith(`${pointer}/`))
  return fault && said(group, { code: fault.code, values: fault.values, text: fault.message })
}
