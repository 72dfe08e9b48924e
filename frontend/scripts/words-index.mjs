// Writes src/words/<language>/index.ts from the JSON files beside it: node scripts/words-index.mjs [--check]
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

for (const language of ['en', 'de']) {
  const folder = new URL(`../src/words/${language}/`, import.meta.url)
  const subjects = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort()
  const text = [
    '// Written by scripts/words-index.mjs: one line a subject. Run `npm run words` after adding a file.',
    ...subjects.map((subject) => `import ${subject} from './${subject}.json'`),
    '',
    `export default { ${subjects.join(', ')} }`,
    '',
  ].join('\n')
  const file = new URL('index.ts', folder)
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`src/words/${language}/index.ts is old: run npm run words`)
    process.exitCode = 1
  }
}
