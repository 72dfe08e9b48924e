// The subjects whose words the first load needs: those that its modules name, followed by their imports.
import { existsSync, readFileSync } from 'node:fs'

const source = new URL('../src/', import.meta.url)
const ENTRIES = ['main.tsx', 'features/overview/HomePage.tsx']

/** The module that an import names, seen from a file; null for packages and for what is no module. @param {string} name @param {URL} from */
function moduleOf(name, from) {
  const start = name.startsWith('@/') ? new URL(name.slice(2), source) : name.startsWith('.') ? new URL(name, from) : null
  if (start === null) return null
  return [`${start}.tsx`, `${start}.ts`, `${start}/index.ts`].map((one) => new URL(one)).find((one) => existsSync(one)) ?? null
}

/** @returns {Set<string>} */
export function firstSubjects() {
  const waiting = ENTRIES.map((name) => new URL(name, source))
  /** @type {Set<string>} */
  const seen = new Set()
  /** @type {Set<string>} */
  const subjects = new Set()
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file.href) || !existsSync(file)) continue
    seen.add(file.href)
    const text = readFileSync(file, 'utf8')
    for (const [, subject = ''] of text.matchAll(/\b(?:t|said)\(\s*['"`]([a-zA-Z]+)[.'"`]/g)) subjects.add(subject)
    for (const [, subject = ''] of text.matchAll(/['"`]([a-zA-Z]+)\.[\w.${}]+['"`]/g)) subjects.add(subject)
    // Types cost nothing. Dialogs that Home opens have no words of their own way; other pages, which the routes load, do.
    const imports = text.matchAll(/^(?:import|export)(?! type)[^;'"]*from '([^']+)'/gm)
    const opened = file.pathname.endsWith('/app/routes.tsx') ? [] : text.matchAll(/import\('([^']+)'\)/g)
    for (const [, name = ''] of [...imports, ...opened]) {
      const next = moduleOf(name, file)
      if (next !== null) waiting.push(next)
    }
  }
  return subjects
}
