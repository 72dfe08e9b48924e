// Writes index.ts and later.ts of src/words/<language>/ from the JSON files beside them: node scripts/words-index.mjs [--check]
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

import { firstSubjects } from './first-subjects.mjs'

const first = firstSubjects()

for (const language of ['en', 'de']) {
  const folder = new URL(`../src/words/${language}/`, import.meta.url)
  const subjects = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort()
  for (const name of ['index.ts', 'later.ts']) {
    const chosen = subjects.filter((subject) => first.has(subject) === (name === 'index.ts'))
    const text = [
      '// Written by scripts/words-index.mjs: one line a subject. Run `npm run words` after adding a file or using its words.',
      ...chosen.map((subject) => `import ${subject} from './${subject}.json'`),
      '',
      `export default { ${chosen.join(', ')} }`,
      '',
    ].join('\n')
    const file = new URL(name, folder)
    if (!process.argv.includes('--check')) writeFileSync(file, text)
    else if (readFileSync(file, 'utf8') !== text) {
      console.error(`src/words/${language}/${name} is old: run npm run words`)
      process.exitCode = 1
    }
  }
}
