// Calls of the API beside the browser, as the platform and other devices make them; typed by the document of the API.
import { createHmac, randomUUID } from 'node:crypto'

import type { Answer, Method, Options, PathOf } from '@/api/client'

import { SECRET } from './places'

export type Role = 'learner' | 'service' | 'admin'

interface Claims {
  readonly role?: Role
  readonly zone?: string
  readonly name?: string
  readonly seconds?: number
}

function encoded(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url')
}

/** A token as the platform signs it. */
export function tokenFor(subject: string, { role = 'learner', zone, name, seconds = 3600 }: Claims = {}): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    sub: subject,
    iss: 'milepost',
    aud: 'milepost',
    iat: Math.min(now, now + seconds) - 1,
    exp: now + seconds,
    roles: [role],
    ...(zone !== undefined && { zoneinfo: zone }),
    ...(name !== undefined && { name }),
  }
  const content = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(claims)}`
  return `${content}.${createHmac('sha256', SECRET).update(content).digest('base64url')}`
}

interface Loose {
  readonly query?: object
  readonly path?: object
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Calls of one caller at one address. */
export class Caller {
  readonly address: string
  readonly token: string

  constructor(address: string, token: string) {
    this.address = address
    this.token = token
  }

  /** The response, whatever it is. */
  ask(method: Method, path: string, { query = {}, path: places = {}, body, headers = {} }: Loose = {}): Promise<Response> {
    const values = new Map(Object.entries(places))
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values.get(name))))
    const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
    return fetch(`${this.address}${filled}?${search.toString()}`, {
      method: method.toUpperCase(),
      headers: { Authorization: `Bearer ${this.token}`, 'Content-Type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  }

  /** The answer of one endpoint; throws what the service said if it refuses. */
  call<M extends Method, P extends PathOf<M>>(method: M, path: P): (options?: Options<P, M>) => Promise<Answer<P, M>>
  call(method: Method, path: string) {
    return async (options: Loose = {}): Promise<unknown> => {
      const response = await this.ask(method, path, options)
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
      return response.status === 204 ? undefined : response.json()
    }
  }
}

interface Done {
  /** Days before now; 0 is a moment ago. */
  readonly daysAgo?: number
  readonly count?: number
  readonly minutes?: number
  readonly grade?: number
  readonly topic?: string
}

/** Exercises of a learner, reported by the platform. */
export async function practise(service: Caller, learner: string, done: Done = {}): Promise<void> {
  const { daysAgo = 0, count = 1, minutes = 10, grade = 90, topic = 'loops' } = done
  const moment = new Date(Date.now() - daysAgo * 86_400_000 - 1000).toISOString()
  const activities = Array.from({ length: count }, () => ({
    id: randomUUID(),
    learner_id: learner,
    verb: 'completed',
    object_type: 'exercise',
    topic,
    value: grade,
    duration_seconds: minutes * 60,
    occurred_at: moment,
  }))
  await service.call('post', '/api/activities')({ body: { activities } })
}
