import { expect, test, vi } from 'vitest'

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
