// Sentences are parsed while building, so that no page loads the parser: the JSON files of src/words become JSON with
// parsed sentences. One without placeholders stays a text.
import { readFile } from 'node:fs/promises'

import { parse, TYPE } from '@formatjs/icu-messageformat-parser'

/** @param {string} sentence */
function parsed(sentence) {
  const elements = parse(sentence, { ignoreTag: true })
  const isText = elements.every(({ type }) => type === TYPE.literal)
  return isText ? elements.map((one) => ('value' in one ? one.value : '')).join('') : elements
}

/** @returns {import('vite').Plugin} */
export function parsedWords() {
  return {
    name: 'parsed-words',
    enforce: 'pre',
    async load(id) {
      if (!/\/src\/words\/\w+\/\w+\.json$/.test(id)) return null
      /** @type {Record<string, string>} */
      const sentences = JSON.parse(await readFile(id, 'utf8'))
      return JSON.stringify(Object.fromEntries(Object.entries(sentences).map(([key, sentence]) => [key, parsed(sentence)])))
    },
  }
}
