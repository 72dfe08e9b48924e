import { expect, test } from 'vitest'

import { definitionsIn } from './file'
import { EMPTY, newCondition, partsOf, pointerOf, writtenOf, type Draft } from './rule'

const NAMED: Draft = { ...EMPTY, code: ' weekend ', title: 'Weekend', points: '10' }

test('one condition is the rule itself, with what it counts only if something is named', () => {
  const condition = { ...newCondition(0), atLeast: '5', topic: 'loops' }
  const draft = { ...NAMED, conditions: [condition] }
  expect(writtenOf(draft, 'draft')).toMatchObject({
    code: 'weekend', points: 10, state: 'draft', rule: { metric: 'exercises_completed', at_least: 5, where: { topic: 'loops' } },
  })
  expect(pointerOf(draft, 0)).toBe('/rule')
})

test('several conditions are joined, each in its own form', () => {
  const draft: Draft = {
    ...NAMED,
    join: 'any',
    conditions: [
      { ...newCondition(0), metric: 'skill_level', atLeast: 'expert', topic: 'loops' },
      { ...newCondition(1), metric: 'streak', atLeast: '7', topic: 'left over from another metric' },
    ],
  }
  expect(writtenOf(draft, 'active').rule).toEqual({
    any: [{ metric: 'skill_level', at_least: 'expert', topic: 'loops' }, { metric: 'streak', at_least: 7 }],
  })
  expect(pointerOf(draft, 1)).toBe('/rule/any/1')
})

test('a number that is none is left to the service to refuse', () => {
  const draft = { ...NAMED, points: 'ten', conditions: [{ ...newCondition(0), atLeast: '1.5' }] }
  expect(writtenOf(draft, 'draft').points).toBe(-1)
  expect(writtenOf(draft, 'draft').rule).toEqual({ metric: 'exercises_completed', at_least: undefined })
})

test('a rule that is read and written is the same', () => {
  const rules = [
    { metric: 'manual' },
    { all: [{ metric: 'minutes', at_least: 30 }, { metric: 'points', at_least: 5, where: { verb: 'completed', object_type: 'quiz' } }] },
    { any: [{ metric: 'streak', at_least: 3 }, { metric: 'skill_level', at_least: 'expert' }] },
  ]
  for (const rule of rules) expect(writtenOf({ ...NAMED, ...partsOf(rule) }, 'draft').rule).toEqual(rule)
})

test('a file is a catalogue or nothing', () => {
  expect(definitionsIn('{"achievements":[{"code":"a"}]}')).toEqual([{ code: 'a' }])
  for (const text of ['no json', '[]', '{"achievements":[]}', '{"achievements":[1]}', '{"achievements":{}}']) {
    expect(definitionsIn(text)).toBeNull()
  }
})
