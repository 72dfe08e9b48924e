// What a call can fail with. A class says what to do next: wait, sign in, or change the request.

export interface Fault {
  readonly pointer: string
  readonly message: string
  readonly code: string
  readonly values: Readonly<Record<string, unknown>>
}

interface Details {
  readonly faults?: readonly Fault[]
  /** Seconds that the service asks to wait. */
  readonly retryAfter?: number | null
  /** The numbers and days of the sentence, by name: the members that RFC 9457 lets a service add. */
  readonly values?: Fault['values']
}

/** The service refused (RFC 9457): `code` is stable, `requestId` finds the line in its log. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly faults: readonly Fault[]
  readonly retryAfter: number | null
  readonly values: Fault['values']

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly requestId: string | null,
    { faults = [], retryAfter = null, values = {} }: Details = {},
  ) {
    super(`${code}: ${detail}`)
    this.faults = faults
    this.retryAfter = retryAfter
    this.values = values
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

const OF_EVERY_PROBLEM = new Set(['type', 'title', 'status', 'detail', 'instance', 'code', 'request_id', 'errors'])

/** The problem that a response carries, whatever stands in its body. */
export async function problemOf(response: Response): Promise<Problem> {
  const id = response.headers.get('X-Request-ID')
  const wait = Number.parseInt(response.headers.get('Retry-After') ?? '', 10)
  const retryAfter = Number.isNaN(wait) ? null : wait
  const content: unknown = await response.json().catch(() => null)
  const body: object = typeof content === 'object' && content !== null ? content : {}
  const text = (name: string, otherwise: string): string => {
    const value: unknown = Reflect.get(body, name)
    return typeof value === 'string' ? value : otherwise
  }
  const faults: unknown = 'errors' in body ? body.errors : []
  return new Problem(
    response.status,
    text('code', `http_${response.status}`),
    text('detail', response.statusText),
    text('request_id', id ?? '') || null,
    {
      faults: Array.isArray(faults) ? faults.filter(isFault) : [],
      retryAfter,
      values: Object.fromEntries(Object.entries(body).filter(([name]) => !OF_EVERY_PROBLEM.has(name))),
    },
  )
}
