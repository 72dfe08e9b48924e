// How large the built pages are, compressed, against what they may be. Run after `npm run build`.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const KILOBYTE = 1000
const LIMITS = { first: 220, charts: 75, page: 25, widget: 8 }
const dist = new URL('../dist/', import.meta.url)

/** @typedef {{ file: string, src?: string, imports?: string[], css?: string[], assets?: string[], isEntry?: boolean, isDynamicEntry?: boolean }} Chunk */
/** @type {Record<string, Chunk>} */
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))

/** Fonts are compressed already. @param {string} file */
function size(file) {
  const content = readFileSync(new URL(file, dist))
  return file.endsWith('.woff2') ? content.length : gzipSync(content, { level: 9 }).length
}

/** The files that a chunk needs, without those that are there. @param {string} name @param {Set<string>} found */
function files(name, found = new Set()) {
  const chunk = manifest[name]
  if (chunk === undefined || found.has(chunk.file)) return found
  found.add(chunk.file)
  for (const file of chunk.css ?? []) found.add(file)
  for (const other of chunk.imports ?? []) files(other, found)
  return found
}

const entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry === true) ?? ''
const first = new Set([...files(entry), ...files('src/words/en/index.ts'), ...files('src/features/overview/HomePage.tsx')])
const font = Object.values(manifest).map(({ file }) => file).find((file) => file.includes('figtree-latin-wght'))
if (font !== undefined) first.add(font)

/** @param {Iterable<string>} names */
const total = (names) => [...names].reduce((sum, file) => sum + size(file), 0) / KILOBYTE

const pages = Object.keys(manifest).filter((name) => manifest[name]?.isDynamicEntry === true && !name.startsWith('src/words/'))
/** How many pages need each file. What several need is loaded once, and is a row of its own. @type {Map<string, number>} */
const uses = new Map()
for (const file of pages.flatMap((name) => [...files(name)])) uses.set(file, (uses.get(file) ?? 0) + 1)

const rows = [{ name: 'first load', size: total(first), limit: LIMITS.first }]
for (const name of pages) {
  const own = [...files(name)].filter((file) => !first.has(file) && uses.get(file) === 1)
  rows.push({ name, size: total(own), limit: name.includes('ChartCanvas') ? LIMITS.charts : LIMITS.page })
}
for (const [file, pagesWithIt] of uses) {
  if (pagesWithIt > 1 && !first.has(file)) rows.push({ name: `${file}, of ${pagesWithIt} pages`, size: total([file]), limit: LIMITS.page })
}
for (const name of ['widget/quick-stats.js', 'widget/celebration.js']) {
  rows.push({ name, size: size(name) / KILOBYTE, limit: LIMITS.widget })
}
for (const row of rows.sort((a, b) => b.size - a.size)) {
  const verdict = row.size > row.limit ? 'TOO LARGE' : 'ok'
  console.log(`${row.size.toFixed(1).padStart(7)} kB of ${row.limit} ${verdict} ${row.name}`)
  if (row.size > row.limit) process.exitCode = 1
}
