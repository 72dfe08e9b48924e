import { screen, within } from '@testing-library/react'
import { expect, test } from 'vitest'

import type { Answer } from '@/api/client'
import { renderPage } from '@/testing/render'
import { answers, refuses, server } from '@/testing/server'

import { AdminKinds } from './AdminKinds'

const KINDS: Answer<'/api/admin/kinds'> = {
  kinds: [
    { object_type: '*', verb: 'reviewed', streak: false, exercise: false, graded: false, review: true, points: 0, learner_points: 0, claim: 'service' },
    { object_type: 'quiz', verb: 'completed', streak: true, exercise: true, graded: true, review: false, points: 15, learner_points: 3, claim: 'learner' },
  ],
  unknown_kinds: 'reject',
  unknown: [],
}

test('kinds show what they count for', async () => {
  renderPage(<AdminKinds />, { handlers: [answers('get', '/api/admin/kinds', KINDS)], role: 'admin' })
  const rows = within(await screen.findByRole('table', { name: 'In force' })).getAllByRole('row')
  const cells = within(rows[2] ?? document.body).getAllByRole('cell')
  expect(cells[0]).toHaveTextContent('quiz, completed')
  expect(within(cells[1] ?? document.body).getByRole('img', { name: 'Yes' })).toBeVisible()
  expect(within(cells[4] ?? document.body).getByRole('img', { name: 'No' })).toBeVisible()
  expect(rows[1]).toHaveTextContent(/any, reviewed.*Service alone/)
  expect(screen.getByText('Every kind that was sent is declared.')).toBeVisible()
})

test('kinds that nobody declared stand first, with who sent them', async () => {
  const unknown = [{ object_type: 'game', verb: 'won', activities: 12, last_sender: 'arcade', last_seen_at: '2026-11-21T10:00:00Z' }]
  const { user } = renderPage(<AdminKinds />, { handlers: [refuses('get', '/api/admin/kinds', 500, 'internal')], role: 'admin' })
  expect(await screen.findAllByRole('alert')).toHaveLength(2)
  server.use(answers('get', '/api/admin/kinds', { ...KINDS, unknown }))
  await user.click(screen.getAllByRole('button', { name: 'Try again' })[0] ?? document.body)
  const table = await screen.findByRole('table', { name: 'Not declared' })
  expect(within(table).getAllByRole('row')[1]).toHaveTextContent(/game, won.*12.*arcade/)
  expect(screen.getByText('Activities of unknown kinds are refused.')).toBeVisible()
})
