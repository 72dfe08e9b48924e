// What the elements for other sites share: whose service they ask, in which language, and with which token.
//
// The token lives in a private field alone, and is sent to the origin in `api` alone.
import { wordsFor, type WidgetWords } from './words'

export type TokenProvider = () => Promise<string | null> | string | null

/** The service refused, or (status 0) no answer came. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    /** Seconds that the service asks to wait. */
    readonly retryAfter = 0,
  ) {
    super(`status ${status}`)
  }
}

const WAIT_FOR_TOKEN = 10_000
const PROPERTIES = ['token', 'tokenProvider'] as const

/** Whom a token is about. Not verified: only to see that it is another person's than the last. */
function subject(token: string): unknown {
  try {
    const bytes = Uint8Array.from(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
    const content: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof content === 'object' && content !== null && 'sub' in content ? content.sub : null
  } catch {
    return null
  }
}

export abstract class ServiceElement extends HTMLElement {
  #token: string | null = null
  /** Whose figures are shown: stays while a token is renewed. */
  #owner: unknown
  #provider: TokenProvider | null = null
  #isLive = false
  #waiting: ((token: string | null) => void)[] = []
  protected readonly root = this.attachShadow({ mode: 'open' })

  /** Called when there is a token again after there was none. */
  protected abstract resume(): void
  /** Called when what is shown is somebody else's, or nobody's any more. A request may be under way. */
  protected abstract forget(): void
  /** Called when nobody is signed in any more. */
  protected abstract end(): void

  connectedCallback(): void {
    // What the page has set before the element was defined hides the setters.
    for (const name of PROPERTIES) {
      const early = Object.getOwnPropertyDescriptor(this, name)
      if (early === undefined) continue
      Reflect.deleteProperty(this, name)
      Reflect.set(this, name, early.value)
    }
    this.#isLive = true
  }

  /** Written only: scripts of the page have no business with reading it back. */
  set token(token: string | null) {
    if (token === null) {
      this.#token = null
      this.#owner = undefined
      this.forget()
      this.end()
      return
    }
    this.#keep(token)
    const waiting = this.#waiting
    this.#waiting = []
    for (const tell of waiting) tell(token)
    if (waiting.length === 0 && this.#isLive && this.isConnected) this.resume()
  }

  set tokenProvider(provider: TokenProvider | null) {
    this.#provider = provider
    if (provider === null) return
    const waiting = this.#waiting
    this.#waiting = []
    if (waiting.length > 0) void this.#ask().then((token) => waiting.forEach((tell) => tell(token)))
    else if (this.#isLive && this.isConnected) this.resume()
  }

  protected get words(): WidgetWords {
    return wordsFor(this.getAttribute('language') ?? document.documentElement.lang)
  }

  /** Asks the service; once more with another token if it refuses the first. Throws `Refused`. */
  protected async request(path: string, signal: AbortSignal, init: RequestInit = {}): Promise<Response> {
    const first = this.#token ?? (await this.#wanted(signal))
    const response = await this.#send(path, first, signal, init)
    if (response.status !== 401) return this.#checked(response)
    if (this.#token === first) this.#token = null
    const second = this.#token ?? (await this.#wanted(signal, first))
    return this.#checked(await this.#send(path, second, signal, init))
  }

  async #send(path: string, token: string, signal: AbortSignal, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set('Authorization', `Bearer ${token}`)
    try {
      const address = new URL(path, this.getAttribute('api') ?? document.baseURI)
      return await fetch(address, { ...init, headers, signal, credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer' })
    } catch (error) {
      if (signal.aborted) throw error
      throw new Refused(0)
    }
  }

  #checked(response: Response): Response {
    if (response.ok) return response
    throw new Refused(response.status, Number.parseInt(response.headers.get('Retry-After') ?? '0', 10) || 0)
  }

  #keep(token: string): void {
    const owner = subject(token)
    const isOther = this.#owner !== undefined && this.#owner !== owner
    this.#token = token
    this.#owner = owner
    if (isOther) this.forget()
  }

  async #ask(): Promise<string | null> {
    try {
      return (await this.#provider?.()) ?? null
    } catch {
      return null
    }
  }

  /** A token from the provider, or from who hears the event. Throws `Refused` 401 if none comes, or the refused one again. */
  async #wanted(signal: AbortSignal, refused?: string): Promise<string> {
    const token = this.#provider === null ? await this.#told(signal) : await this.#ask()
    signal.throwIfAborted()
    if (token === null || token === refused) throw new Refused(401)
    this.#keep(token)
    return token
  }

  #told(signal: AbortSignal): Promise<string | null> {
    return new Promise((resolve) => {
      const done = (token: string | null) => {
        clearTimeout(timer)
        this.#waiting = this.#waiting.filter((one) => one !== done)
        resolve(token)
      }
      const timer = setTimeout(() => done(null), WAIT_FOR_TOKEN)
      signal.addEventListener('abort', () => done(null), { once: true })
      this.#waiting.push(done)
      this.dispatchEvent(new CustomEvent('milepost-token-wanted', { bubbles: true, composed: true }))
    })
  }
}

/** An element with a class and a text. Text only: nothing that the service sends is read as HTML. */
export function make<K extends keyof HTMLElementTagNameMap>(name: K, className = '', text = ''): HTMLElementTagNameMap[K] {
  const element = document.createElement(name)
  if (className !== '') element.className = className
  if (text !== '') element.textContent = text
  return element
}
