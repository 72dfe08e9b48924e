// Fails on sentences that a language lacks, that no source names, or whose placeholders differ between languages.
import { globSync, readdirSync, readFileSync } from 'node:fs'

import { parse, TYPE } from '@formatjs/icu-messageformat-parser'

const root = new URL('../', import.meta.url)

/** @param {string} language @returns {Map<string, string>} */
function catalogue(language) {
  const folder = new URL(`src/words/${language}/`, root)
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return new Map(
    files.flatMap((name) => {
      /** @type {Record<string, string>} */
      const sentences = JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
      return Object.entries(sentences).map(
        /** @returns {[string, string]} */ ([key, text]) => [`${name.slice(0, -'.json'.length)}.${key}`, text],
      )
    }),
  )
}

/** @param {import('@formatjs/icu-messageformat-parser').MessageFormatElement[]} parts @returns {string[]} */
function names(parts) {
  return parts.flatMap((part) => {
    if (part.type === TYPE.literal || part.type === TYPE.pound) return []
    const inner =
      part.type === TYPE.plural || part.type === TYPE.select
        ? Object.values(part.options).flatMap((option) => names(option.value))
        : []
    return [part.value, ...inner]
  })
}

/** @param {string} text */
function placeholders(text) {
  return [...new Set(names(parse(text, { ignoreTag: true })))].sort().join(' ')
}

const en = catalogue('en')
const de = catalogue('de')
const source = globSync('src/**/*.{ts,tsx}', { cwd: root.pathname })
  .filter((name) => !name.includes('generated'))
  .map((name) => readFileSync(new URL(name, root), 'utf8'))
  .join('\n')
// `goals.state.${state}` uses every sentence that begins so; sentences of the service are found by their code.
const beginnings = [...source.matchAll(/`([a-zA-Z]+\.[\w.]*)\$\{/g)].map(([, beginning = '']) => beginning)

/** @param {string} key */
function isUsed(key) {
  return (
    source.includes(`'${key}'`) || /^\w+\.server\./.test(key) || beginnings.some((beginning) => key.startsWith(beginning))
  )
}

const faults = [
  ...[...en.keys()].filter((key) => !de.has(key)).map((key) => `de lacks ${key}`),
  ...[...de.keys()].filter((key) => !en.has(key)).map((key) => `en lacks ${key}`),
  ...[...en.keys()].filter((key) => !isUsed(key)).map((key) => `nothing uses ${key}`),
  ...[...en].filter(([key, text]) => de.has(key) && placeholders(text) !== placeholders(de.get(key) ?? '')).map(([key]) => `other placeholders in de: ${key}`),
]
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
