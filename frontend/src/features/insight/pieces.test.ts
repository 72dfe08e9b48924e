import { expect, test } from 'vitest'

import en from '@/words/en'
import later from '@/words/en/later'
import { formats } from '@/words/format'
import { say } from '@/words/icu'
import { flat } from '@/words/words'

import type { Dashboard } from './api/dashboard'
import { slicesOf } from './cards/CategoryCard'
import { goalLines, sameWeekdaysBefore } from './trend'

const sentences = flat({ ...en, ...later })
const words = { t: (key: string, values?: Parameters<typeof say>[2]) => say(sentences.get(key) ?? key, 'en', values), format: formats('en') }

const share = (name: string, minutes: number, share_percent: number, color: Dashboard['category_distribution'][number]['color']) => ({
  category_id: name, category: name, name, minutes, color, percent: share_percent, share_percent,
})

test('the days before are whole weeks earlier, so that weekdays meet', () => {
  expect(sameWeekdaysBefore({ from: '2026-11-15', to: '2026-11-21' })).toEqual({ from: '2026-11-08', to: '2026-11-14', weeks: 1 })
  expect(sameWeekdaysBefore({ from: '2026-10-23', to: '2026-11-21' })).toEqual({ from: '2026-09-18', to: '2026-10-17', weeks: 5 })
})

test('goals of minutes are lines, spread evenly over their period', () => {
  const goal = { goal_id: 'g', name: 'G', achieved_value: 0, percent_complete: 0, status: 'behind' as const }
  const lines = goalLines([
    { ...goal, target_type: 'minutes', target_value: 60, period: { start: '2026-11-21', end: '2026-11-21' } },
    { ...goal, target_type: 'minutes', target_value: 900, period: { start: '2026-11-01', end: '2026-11-30' } },
    { ...goal, target_type: 'points', target_value: 900, period: { start: '2026-11-01', end: '2026-11-30' } },
  ])
  expect(lines.map(({ perDay }) => perDay)).toEqual([60, 30])
})

test('of more than six categories the largest five remain, and the rest loses no minute', () => {
  const colours = ['petrol', 'copper', 'indigo', 'graphite', 'olive', 'petrol', 'copper'] as const
  const shares = colours.map((colour, place) => share(`c${place}`, 70 - place, 15, colour))
  const slices = slicesOf(shares, words)
  expect(slices).toHaveLength(6)
  expect(slices.at(-1)).toMatchObject({ label: '2 others', value: 64 + 65, colour: 4 })
  expect(slices.reduce((sum, { value }) => sum + value, 0)).toBe(shares.reduce((sum, { minutes }) => sum + minutes, 0))
  expect(slicesOf(shares.slice(0, 6), words).map(({ key }) => key)).toContain('c5')
})
