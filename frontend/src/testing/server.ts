// Answers of the service in tests, typed by its document.
import { http, HttpResponse, type HttpHandler } from 'msw'
import { setupServer } from 'msw/node'

import type { Answer, Method, PathOf } from '@/api/client'

export const server = setupServer()

const ORIGIN = 'http://localhost:3000'

function local(path: string): string {
  return `${ORIGIN}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`
}

interface Asked {
  readonly request: Request
  readonly params: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** `answers('get', '/api/me', {...})`, or a function of the request that returns the answer. */
export function answers<M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
  answer: Answer<P, M> | ((asked: Asked) => Answer<P, M> | Promise<Answer<P, M>>),
): HttpHandler {
  return http[method](local(path), async ({ request, params }) => {
    const body: unknown = typeof answer === 'function' ? await Reflect.apply(answer, null, [{ request, params }]) : answer
    return new HttpResponse(JSON.stringify(body), { headers: { 'Content-Type': 'application/json' } })
  })
}

/** The service refuses with this status and code. */
export function refuses<M extends Method>(method: M, path: PathOf<M>, status: number, code: string): HttpHandler {
  const problem = { type: 'about:blank', title: 'Problem', status, detail: code, code, request_id: 'req-1' }
  return http[method](local(path), () =>
    HttpResponse.json(problem, { status, headers: { 'Content-Type': 'application/problem+json' } }),
  )
}
