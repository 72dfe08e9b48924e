// Calls of the service, typed by its OpenAPI document: a path, its parameters and body go in, its answer comes out.
import type { paths } from './generated'
import { problemOf, Unreachable } from './problems'
import { setToken, token } from './token'

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** The paths that know a method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never
}[keyof paths]

type Operation<P extends PathOf<M>, M extends Method> = paths[P][M]
type Json<R> = R extends { content: { 'application/json': infer Body } } ? Body : never
type Ok<R> = { [S in keyof R]: S extends 200 | 201 | 202 ? Json<R[S]> : never }[keyof R]

/** What a call answers. */
export type Answer<P extends PathOf<M>, M extends Method = 'get'> =
  Operation<P, M> extends { responses: infer R } ? Ok<R> : never

type Query<O> = O extends { parameters: { query?: infer Q } } ? { query?: NonNullable<Q> } : object
type InPath<O> = O extends { parameters: { path: infer V extends object } } ? { path: V } : object
type Body<O> = O extends { requestBody?: { content: { 'application/json': infer B } } } ? { body?: B } : object

/** Everything a call needs beside its path: `query`, `path`, `body` as the document has them, and headers. */
export type Options<P extends PathOf<M>, M extends Method = 'get'> = OptionsByPath<M>[P]

// As a table: an intersection over all paths at once would be too much for the compiler.
type OptionsByPath<M extends Method> = {
  [P in PathOf<M>]: Query<Operation<P, M>> &
    InPath<Operation<P, M>> &
    Body<Operation<P, M>> & { headers?: Record<string, string> }
}

interface Loose {
  query?: object
  path?: object
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** The address of a path with its parameters filled in; parameters that are null or undefined are left out. */
export function address(path: string, options: Pick<Loose, 'path' | 'query'> = {}): string {
  const values = new Map(Object.entries(options.path ?? {}))
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values.get(name))))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(options.query ?? {})) {
    for (const one of [value].flat()) if (one !== null && one !== undefined) search.append(name, String(one))
  }
  const query = search.toString()
  return query === '' ? filled : `${filled}?${query}`
}

/** The response itself, for files and streams.
 *
 * Throws `Problem` if the service refuses and `Unreachable` if no answer comes.
 */
export async function request(method: Method, path: string, options: Loose = {}): Promise<Response> {
  const headers = new Headers(options.headers)
  const sent = token()
  if (sent !== null) headers.set('Authorization', `Bearer ${sent}`)
  if (options.body !== undefined) headers.set('Content-Type', 'application/json')
  const init: RequestInit = { method: method.toUpperCase(), headers, credentials: 'same-origin' }
  if (options.body !== undefined) init.body = JSON.stringify(options.body)
  if (options.signal !== undefined) init.signal = options.signal
  // A deletion that waited for an undo may be sent as the page closes, and must still arrive.
  if (method === 'delete') init.keepalive = true
  const response = await fetch(address(path, options), init).catch((error: unknown) => {
    if (options.signal?.aborted === true) throw error
    throw new Unreachable('No answer came.', { cause: error })
  })
  if (response.ok) return response
  // Another tab, or a sign-in meanwhile, may have put a new token in its place.
  if (response.status === 401 && sent !== null && token() === sent) setToken(null)
  throw await problemOf(response)
}

/** The call of one endpoint: `call('post', '/api/goals')({ body })`.
 *
 * In two steps, so that the path has chosen the types before the compiler reads the options.
 */
export function call<M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
): (options: Options<P, M>, signal?: AbortSignal) => Promise<Answer<P, M>>
export function call(method: Method, path: string) {
  return async (options: Loose, signal?: AbortSignal): Promise<unknown> => {
    const response = await request(method, path, signal === undefined ? options : { ...options, signal })
    return response.status === 204 ? undefined : response.json()
  }
}
