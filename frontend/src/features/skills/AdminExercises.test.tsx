import { screen, within } from '@testing-library/react'
import { expect, test } from 'vitest'

import { renderPage } from '@/testing/render'
import { answers } from '@/testing/server'

import { AdminExercises } from './AdminExercises'
import type { Exercise } from './api/exercises'

const HARD: Exercise = {
  topic: 'loops', exercise: 'loop-17', grades: 42, average_grade: 31.5, typical: 28.4, low: 21.9, high: 35.9,
  valid_from: '2026-11-28', note: 'too_hard',
}
const BARE: Exercise = { ...HARD, topic: '', exercise: 'warm-up', grades: 1, typical: 70, low: 40, high: 90, note: 'uncertain' }

test('exercises stand with what a typical learner gets, how sure that is, and what is worth a look', async () => {
  renderPage(<AdminExercises />, { handlers: [answers('get', '/api/admin/exercises', { exercises: [HARD, BARE], next: null })], role: 'admin' })
  const [, first, second] = within(await screen.findByRole('table', { name: 'Exercises' })).getAllByRole('row')
  expect(first).toHaveTextContent(/loop-17.*loops.*42.*31\.5.*28\.4, most likely 21\.9 to 35\.9.*Too hard/)
  expect(within(first ?? document.body).getByRole('img', { name: 'loop-17: 28.4 of 100, most likely between 21.9 and 35.9' })).toBeInTheDocument()
  expect(second).toHaveTextContent(/warm-up.*without a topic.*Uncertain yet/)
})

test('order and topic stand in the address, pages follow each other, and an empty topic says so', async () => {
  const asked: string[] = []
  const handler = answers('get', '/api/admin/exercises', ({ request }) => {
    const query = new URL(request.url).searchParams
    asked.push(query.toString())
    if (query.get('topic') === 'trees') return { exercises: [], next: null }
    return query.has('cursor') ? { exercises: [BARE], next: null } : { exercises: [HARD], next: 'c2' }
  })
  const { user, router } = renderPage(<AdminExercises />, { handlers: [handler], role: 'admin' })
  await screen.findByText('loop-17')
  await user.click(screen.getByRole('button', { name: 'Load more' }))
  expect(await screen.findByText('warm-up')).toBeVisible()
  await user.click(screen.getByRole('radio', { name: 'Easiest first' }))
  await user.type(screen.getByRole('textbox', { name: 'Topic' }), 'trees')
  expect(await screen.findByText('No exercise of “trees” has grades.')).toBeVisible()
  expect(router.state.location.search).toBe('?order=easiest&topic=trees')
  expect(asked).toEqual(expect.arrayContaining(['order=hardest&limit=50', 'order=hardest&limit=50&cursor=c2', 'order=easiest&limit=50&topic=trees']))
})
