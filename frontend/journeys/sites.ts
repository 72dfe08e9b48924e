// Pages of other sites, served at addresses of their own.
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'

import { ADDRESS } from './places'

const EXAMPLE = new URL('../examples/foreign-site/', import.meta.url)
const TYPES: Readonly<Record<string, string>> = { html: 'text/html', css: 'text/css', js: 'text/javascript' }

/** Answers at `origin` what `pageAt` makes of a path: its type and its text. */
export async function siteAt(origin: string, pageAt: (path: string) => readonly [type: string, text: string]): Promise<Server> {
  const server = createServer(({ url }, response) => {
    const [type, text] = pageAt(url ?? '/')
    response.setHeader('Content-Type', type).end(text)
  })
  const { hostname, port } = new URL(origin)
  await new Promise<void>((resolve) => server.listen(Number(port), hostname, resolve))
  return server
}

/** The example page that shows the widget, as it is, but for the address of the service. */
export function exampleSiteAt(origin: string): Promise<Server> {
  return siteAt(origin, (path) => {
    const name = path === '/' ? 'index.html' : path.slice(1)
    const text = readFileSync(new URL(name, EXAMPLE), 'utf8').replaceAll('http://127.0.0.1:8000', ADDRESS)
    return [TYPES[name.split('.').at(-1) ?? ''] ?? 'text/plain', text]
  })
}

export function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
