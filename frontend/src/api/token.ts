// The bearer token of this tab: in memory and, so that a reload keeps it, in the tab's own storage. Nowhere else.

const KEY = 'milepost.token'
const listeners = new Set<() => void>()
let current: string | null = sessionStorage.getItem(KEY)

export function token(): string | null {
  return current
}

export function setToken(next: string | null): void {
  current = next
  if (next === null) sessionStorage.removeItem(KEY)
  else sessionStorage.setItem(KEY, next)
  for (const tell of listeners) tell()
}

export function onToken(tell: () => void): () => void {
  listeners.add(tell)
  return () => {
    listeners.delete(tell)
  }
}

export interface Claims {
  readonly learnerId: string
  readonly role: Role
  /** Milliseconds since 1970; null if the token does not say. */
  readonly expiresAt: number | null
}
export type Role = 'learner' | 'admin' | 'service'

/** The role that the pages are shown in. */
export function roleOf(roles: readonly unknown[]): Role {
  return roles.includes('admin') ? 'admin' : roles.includes('service') ? 'service' : 'learner'
}

/** What a token says of its bearer. Not verified: for showing, never for deciding. */
export function claims(text: string): Claims | null {
  const payload = text.split('.')[1]
  if (payload === undefined) return null
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
    const content: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (typeof content !== 'object' || content === null || !('sub' in content)) return null
    const roles = 'roles' in content && Array.isArray(content.roles) ? content.roles : []
    const expiresAt = 'exp' in content && typeof content.exp === 'number' ? content.exp * 1000 : null
    return { learnerId: String(content.sub), role: roleOf(roles), expiresAt }
  } catch {
    return null
  }
}
