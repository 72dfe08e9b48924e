// <milepost-quick-stats>: the key figures of a learner on another site. No framework, no packages.
import type { components } from '@/api/generated'

import { FIGURES, sheetOf } from './look'
import { make, Refused, ServiceElement } from './serviceElement'
import type { WidgetWords } from './words'

type QuickStats = components['schemas']['QuickStatsOut']
type State = 'loading' | 'ready' | 'empty' | 'failed' | 'signed-out'

const REFRESH = 60_000
const RANGES = ['today', '7d']
const sheet = sheetOf(FIGURES)

function isStats(value: unknown): value is QuickStats {
  return typeof value === 'object' && value !== null && 'total_scheduled_minutes' in value && 'top_category' in value
}

function isEmpty(stats: QuickStats): boolean {
  const counts = [stats.total_scheduled_minutes, stats.completed_tasks_count, stats.due_tasks_count]
  return counts.every((count) => count === 0) && stats.focus_utilization_ratio === null
}

/** Each figure with its name. In quiet mode the service leaves the days in a row out, and so do we. */
function figures(stats: QuickStats, { say, format }: WidgetWords): [string, string][] {
  const { top_category: top, focus_utilization_ratio: ratio, streak_days_completed: days } = stats
  const rows: [string, string][] = [
    [say.minutes, format.minutes(stats.total_scheduled_minutes)],
    [say.completed, format.number(stats.completed_tasks_count)],
    [say.top, top === null ? '–' : top.name],
    [say.focus, ratio === null ? '–' : format.percent(ratio * 100)],
  ]
  if (days !== undefined && days > 0) rows.push([say.days, format.number(days)])
  return rows
}

export class QuickStatsElement extends ServiceElement {
  static readonly observedAttributes = ['api', 'date-range', 'day', 'language']

  #stats: QuickStats | null = null
  #state: State = 'loading'
  #isOld = false
  #loadedAt = 0
  #wait = REFRESH
  #timer: ReturnType<typeof setTimeout> | undefined
  #running: AbortController | null = null
  readonly #card = make('section', 'card')
  readonly #spoken = make('p', 'unseen')

  override connectedCallback(): void {
    super.connectedCallback()
    this.root.adoptedStyleSheets = [sheet]
    this.#card.tabIndex = -1
    this.#card.setAttribute('part', 'card')
    this.#card.setAttribute('aria-labelledby', 'title')
    this.#spoken.setAttribute('role', 'status')
    this.root.replaceChildren(this.#card, this.#spoken)
    document.addEventListener('visibilitychange', this.#onVisibility)
    void this.#load()
  }

  disconnectedCallback(): void {
    document.removeEventListener('visibilitychange', this.#onVisibility)
    clearTimeout(this.#timer)
    this.#running?.abort()
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.isConnected || before === after) return
    if (name === 'language') {
      this.#render()
      return
    }
    this.forget()
    void this.#load()
  }

  /** Reads the figures now; they are read every minute while the page is seen. */
  refresh(): Promise<void> {
    return this.#load()
  }

  protected override resume(): void {
    void this.#load()
  }

  protected override forget(): void {
    this.#stats = null
    this.#show('loading')
  }

  protected override end(): void {
    this.#running?.abort()
    clearTimeout(this.#timer)
    this.#show('signed-out')
  }

  readonly #onVisibility = (): void => {
    clearTimeout(this.#timer)
    if (document.visibilityState === 'visible') this.#plan()
  }

  /** The next read, a minute after the last. Nobody signed in: not before there is a token. */
  #plan(): void {
    clearTimeout(this.#timer)
    if (document.visibilityState !== 'visible' || this.#state === 'signed-out' || !this.isConnected) return
    this.#timer = setTimeout(() => void this.#load(), Math.max(0, this.#loadedAt + this.#wait - Date.now()))
  }

  #path(): string {
    const range = this.getAttribute('date-range') ?? '7d'
    const query = new URLSearchParams({ date_range: RANGES.includes(range) ? range : '7d', view_context: 'dashboard' })
    const day = this.getAttribute('day')
    if (day !== null && day !== '') query.set('end_date', day)
    return `/api/analytics/quick-stats?${query}`
  }

  async #load(): Promise<void> {
    clearTimeout(this.#timer)
    this.#running?.abort()
    const { signal } = (this.#running = new AbortController())
    if (this.#stats === null) this.#show('loading')
    try {
      const answer: unknown = await (await this.request(this.#path(), signal)).json()
      signal.throwIfAborted()
      if (!isStats(answer)) throw new Refused(0)
      this.#stats = answer
      this.#isOld = false
      this.#wait = REFRESH
      this.#show(isEmpty(answer) ? 'empty' : 'ready')
    } catch (error) {
      if (signal.aborted) return
      this.#failed(error)
    }
    this.#loadedAt = Date.now()
    this.#plan()
  }

  /** Figures that were read before stay, unless the service no longer says them to this bearer. */
  #failed(error: unknown): void {
    const status = error instanceof Refused ? error.status : 0
    this.#wait = Math.max(REFRESH, error instanceof Refused ? error.retryAfter * 1000 : 0)
    this.#isOld = true
    if (status === 401 || status === 403 || status === 410) this.#stats = null
    if (this.#stats === null) this.#show(status === 401 ? 'signed-out' : 'failed')
    else this.#show(this.#state)
  }

  #show(state: State): void {
    this.#state = state
    this.#render()
  }

  #render(): void {
    const words = this.words
    const { say } = words
    const hadFocus = this.root.activeElement !== null
    this.dataset['state'] = this.#state
    this.toggleAttribute('data-quiet', this.#stats !== null && this.#stats.streak_days_completed === undefined)
    this.#card.lang = words.language
    this.#card.setAttribute('aria-busy', String(this.#state === 'loading'))
    const title = make('h2', '', say.title)
    title.id = 'title'
    this.#card.replaceChildren(title, ...this.#content(words))
    // The button that was pressed is gone: the focus must not fall out of the card.
    if (hadFocus) this.#card.focus()
    const sentence = { loading: say.loading, ready: '', empty: say.empty, failed: say.failed, 'signed-out': say.signedOut }
    const spoken = this.#state === 'ready' && this.#isOld ? say.old : sentence[this.#state]
    // Said once: a refresh that changes nothing is silent.
    if (this.#spoken.textContent !== spoken) this.#spoken.textContent = spoken
  }

  #content(words: WidgetWords): HTMLElement[] {
    const { say, format } = words
    if (this.#state === 'signed-out') return [make('p', 'said', say.signedOut), this.#retry(say.retry)]
    if (this.#state === 'failed') return [make('p', 'said failed', say.failed), this.#retry(say.retry)]
    const stats = this.#stats
    if (stats === null) return Array.from({ length: 4 }, () => make('div', 'bar'))
    const days = stats.from === stats.to ? format.day(stats.to) : format.days(stats.from, stats.to)
    const old = this.#isOld ? [make('p', 'said failed', say.old), this.#retry(say.retry)] : []
    return [make('p', 'soft', days), this.#state === 'empty' ? make('p', 'said', say.empty) : this.#list(stats, words), ...old]
  }

  #list(stats: QuickStats, words: WidgetWords): HTMLElement {
    const list = make('dl')
    for (const [name, value] of figures(stats, words)) {
      const row = make('div')
      row.append(make('dt', 'soft', name), make('dd', '', value))
      list.append(row)
    }
    return list
  }

  #retry(text: string): HTMLElement {
    const button = make('button', '', text)
    button.type = 'button'
    button.setAttribute('part', 'button')
    button.addEventListener('click', () => void this.#load())
    return button
  }
}

if (customElements.get('milepost-quick-stats') === undefined) customElements.define('milepost-quick-stats', QuickStatsElement)
