import { expect, test } from 'vitest'

import { claims } from './token'

function tokenOf(content: object): string {
  return `e30.${btoa(JSON.stringify(content))}.`
}

test('a token says whose it is, for how long, and its highest role', () => {
  expect(claims(tokenOf({ sub: 'ada', exp: 10, roles: ['learner'] }))).toEqual({ learnerId: 'ada', role: 'learner', expiresAt: 10_000 })
  expect(claims(tokenOf({ sub: 'root', roles: ['admin'] }))).toEqual({ learnerId: 'root', role: 'admin', expiresAt: null })
  expect(claims(tokenOf({ sub: 'root', roles: ['learner', 'admin'] }))?.role).toBe('admin')
})

test('a token without roles is a learner of its own', () => {
  expect(claims(tokenOf({ sub: 'ada' }))?.role).toBe('learner')
})

test('what is no token says nothing', () => {
  expect(claims('no token')).toBeNull()
  expect(claims('a.!.c')).toBeNull()
})
