import { describe, expect, test } from 'vitest'

import { contrast } from './contrast'
import { dark, light, type Token } from './tokens'

const TEXT: readonly (readonly [Token, Token])[] = [
  ['ink', 'bg'], ['ink', 'surface'], ['ink', 'sunk'],
  ['ink2', 'bg'], ['ink2', 'surface'], ['ink2', 'sunk'],
  ['on-earned', 'earned'], ['earned-text', 'surface'], ['earned-text', 'bg'], ['earned-text', 'earned-tint'],
  ['now-text', 'surface'], ['now-text', 'now-tint'],
  ['on-met', 'met'], ['frozen', 'frozen-tint'], ['excused', 'excused-tint'],
  ['danger', 'surface'], ['danger', 'danger-tint'], ['on-danger', 'danger'],
  ['bronze', 'bronze-fill'], ['silver', 'silver-fill'], ['gold', 'gold-fill'],
]
const SHAPES: readonly (readonly [Token, Token])[] = [
  ['edge', 'surface'], ['edge', 'bg'], ['earned', 'track'], ['now-fill', 'track'], ['met', 'surface'],
  ['frozen', 'surface'], ['excused', 'surface'], ['earned', 'bg'],
  ['chart-1', 'surface'], ['chart-2', 'surface'], ['chart-3', 'surface'],
  ['chart-4', 'surface'], ['chart-5', 'surface'], ['chart-6', 'surface'],
  ['bronze', 'surface'], ['silver', 'surface'], ['gold', 'surface'],
]

describe.each([['light', light], ['dark', dark]] as const)('%s', (_scheme, tokens) => {
  test.each(TEXT)('text %s on %s is at least 4.5', (text, ground) => {
    expect(contrast(tokens[text], tokens[ground])).toBeGreaterThanOrEqual(4.5)
  })

  test.each(SHAPES)('shape %s on %s is at least 3', (shape, ground) => {
    expect(contrast(tokens[shape], tokens[ground])).toBeGreaterThanOrEqual(3)
  })
})

test('contrast is 21 for black on white', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5)
})
