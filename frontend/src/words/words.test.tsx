import { readFileSync } from 'node:fs'

import { expect, test, vi } from 'vitest'

import { renderPage } from '@/testing/render'

import { useWords } from './words'

test('the words of other pages come with the first of them, and follow the language', async () => {
  vi.resetModules()
  const words = await import('./words')
  const german = await words.loadSentences('de')
  expect(german.get('app.nav.home')).toBe('Start')
  expect(german.has('planner.title')).toBe(false)
  await words.loadLater()
  const english = await words.loadSentences('en')
  expect(english.has('planner.title')).toBe(false)
  expect(english.get('app.nav.home')).toBe('Home')
})

/** Every code that a refusal of the service may carry, of a request as a whole or of one value in it. */
function codesOfTheService(): readonly string[] {
  const text = readFileSync('../contract/openapi.json', 'utf8')
  const problems = [...text.matchAll(/"status": \d{3},\s+"detail": "[^"]*",\s+"code": "([a-z_0-9]+)"/g)].map(([, code = '']) => code)
  const [, faults = ''] = /"ProblemFault": \{[\s\S]*?"enum": \[([\s\S]*?)\]/.exec(text) ?? []
  const ofValues = [...faults.matchAll(/"([a-z_]+)"/g)].map(([, code = '']) => code)
  return [...new Set([...problems, ...ofValues])]
}

test.each(['en', 'de'] as const)('every refusal of the service has a sentence in %s', async (language) => {
  const { default: later } = language === 'en' ? await import('./en/later') : await import('./de/later')
  const codes = codesOfTheService()
  expect(codes.length).toBeGreaterThan(100)
  expect(codes.filter((code) => !(`server.${code}` in later.problems))).toEqual([])
})

test('a limit is said when the service gives it', () => {
  const said: Record<string, string> = {}
  function Asking() {
    const words = useWords()
    const about = (code: string, values: Record<string, unknown>) => words.said('goals', { code, values, text: 'as the service says it' })
    said['limit'] = about('too_long', { max: 100 })
    said['days'] = about('too_long', { max_days: 31 })
    said['none'] = about('too_long', {})
    said['other'] = about('not_in_the_catalogue', {})
    return null
  }
  renderPage(<Asking />)
  expect(said).toEqual({
    limit: 'At most 100 characters are possible.', days: 'At most 31 days are possible.', none: 'This is too long.',
    other: 'as the service says it',
  })
})
