import { describe, expect, test } from 'vitest'

import { distance, type Sight } from './colourVision'
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

const CHART = ['chart-1', 'chart-2', 'chart-3', 'chart-4', 'chart-5', 'chart-6'] as const
const SIGHTS: readonly Sight[] = ['normal', 'protan', 'deutan', 'tritan']

test.each([['light', light], ['dark', dark]] as const)('%s: no two colours of a chart look alike to anybody', (_scheme, tokens) => {
  const alike = SIGHTS.flatMap((sight) =>
    CHART.flatMap((one, place) => CHART.slice(place + 1).map((other) => ({ sight, one, other, apart: distance(tokens[one], tokens[other], sight) }))),
  ).filter(({ apart }) => apart < 11)
  expect(alike).toEqual([])
})

test('colours that differ in red and green alone look alike to some', () => {
  expect(distance('#000000', '#ffffff', 'normal')).toBeCloseTo(100, 0)
  expect(distance('#c04040', '#6f6b3c', 'normal')).toBeGreaterThan(3 * distance('#c04040', '#6f6b3c', 'protan'))
})

test('contrast is 21 for black on white', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5)
})
