// For tests: a service of another origin that lets the page's origin call, as browsers ask it to.
import { http, HttpResponse } from 'msw'

import { server } from '@/testing/server'

export const API = 'https://progress.example'
export const OPEN = { 'Access-Control-Allow-Origin': 'http://localhost:3000', 'Access-Control-Expose-Headers': 'retry-after' }

export function allowsPage(): void {
  const allowed = { 'Access-Control-Allow-Methods': 'GET, POST', 'Access-Control-Allow-Headers': 'authorization, content-type, last-event-id' }
  server.use(http.options(`${API}/*`, () => new HttpResponse(null, { status: 204, headers: { ...OPEN, ...allowed } })))
}
