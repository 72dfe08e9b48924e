// The ways to a token: the demo, a one-time code, and a message of the platform that opened the page.
import { request } from '@/api/client'

export interface DemoLearner {
  readonly learner_id: string
  readonly name: string
  readonly description: string
}
export interface Demo {
  readonly learners: readonly DemoLearner[]
  readonly admin: { readonly learner_id: string }
}

function isDemo(value: unknown): value is Demo {
  return typeof value === 'object' && value !== null && 'learners' in value && 'admin' in value
}

export async function demo(signal: AbortSignal): Promise<Demo> {
  const content: unknown = await (await request('get', '/sign-in/demo', { signal })).json()
  if (!isDemo(content)) throw new Error('The demo answered something else.')
  return content
}

async function tokenOf(response: Response): Promise<string> {
  const content: unknown = await response.json()
  if (typeof content === 'object' && content !== null && 'token' in content) return String(content.token)
  throw new Error('The answer has no token.')
}

export async function demoToken(learnerId: string, role: 'learner' | 'admin'): Promise<string> {
  return tokenOf(await request('post', '/sign-in/demo', { body: { learner_id: learnerId, role } }))
}

export async function codeToken(code: string): Promise<string> {
  return tokenOf(await request('post', '/sign-in/code', { body: { code } }))
}

interface CookieSession {
  readonly subject: string
  readonly roles: readonly string[]
}

function isSession(value: unknown): value is CookieSession {
  return typeof value === 'object' && value !== null && 'subject' in value && 'roles' in value
}

/** Whom the platform's cookie signs in, which no script can read; null without a valid one. */
export async function cookieSession({ signal }: { readonly signal: AbortSignal }): Promise<CookieSession | null> {
  const content: unknown = await (await request('get', '/sign-in/session', { signal })).json()
  const session: unknown = typeof content === 'object' && content !== null && 'session' in content ? content.session : null
  return isSession(session) ? session : null
}

/** The one-time code of the address, which is taken out of the address and the history at once. */
export function takeCode(): string | null {
  const code = new URLSearchParams(window.location.hash.slice(1)).get('code')
  if (code !== null) window.history.replaceState(window.history.state, '', window.location.pathname)
  return code
}

// A window of another origin is no instance of this page's `Window`.
function isWindow(value: unknown): value is Window {
  return typeof value === 'object' && value !== null && 'postMessage' in value
}

function platform(): Window | null {
  if (window.parent !== window) return window.parent
  const opener: unknown = window.opener
  return isWindow(opener) ? opener : null
}

/** Asks the platform for a token with a message of this type. Each named origin is tried; the browser delivers to one. */
export function ask(type: 'milepost-ready' | 'milepost-token-wanted', origins: readonly string[]): void {
  for (const origin of origins) platform()?.postMessage({ type }, origin)
}

/** Listens for tokens from the platform, of the named origins alone. Returns what stops it. */
export function listen(origins: readonly string[], take: (token: string) => void): () => void {
  const heard = (event: MessageEvent<unknown>) => {
    const content = event.data
    if (!origins.includes(event.origin) || event.source !== platform()) return
    if (typeof content !== 'object' || content === null) return
    if (!('type' in content) || content.type !== 'milepost-token' || !('token' in content)) return
    if (typeof content.token === 'string') take(content.token)
  }
  window.addEventListener('message', heard)
  return () => window.removeEventListener('message', heard)
}
