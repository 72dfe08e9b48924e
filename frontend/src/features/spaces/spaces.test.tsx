import { screen, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { expect, test } from 'vitest'

import type { Answer } from '@/api/client'
import { renderPage } from '@/testing/render'
import { answers, refuses, server } from '@/testing/server'

import { CompositeGoals } from './CompositeGoals'
import { Spaces } from './Spaces'

const SPACE: Answer<'/api/spaces'>['spaces'][number] = {
  etag: '"s1"', space_id: 'algebra', title: 'Algebra', planned_tasks: 20, planned_minutes: null, milestones: 4,
  milestones_reached: 1, total: 37.5,
}
const PROGRESS: Answer<'/api/spaces/{space_id}/progress'> = {
  space_id: 'algebra', title: 'Algebra', total: 41.3, parts: { milestones: 25, tasks: 45, interactions: 60 },
  weights_used: { tasks: 0.6, milestones: 0.25, interactions: 0.15 },
  measured: { tasks: { now: 9, of: 20 }, milestones: { now: 1, of: 4 }, interactions: { now: 1200, of: null } },
}
const spaces = answers('get', '/api/spaces', { spaces: [SPACE] })

test('a space has its total and each part with its weight and counts, in one order', async () => {
  renderPage(<Spaces />, { handlers: [spaces, answers('get', '/api/spaces/{space_id}/progress', PROGRESS)] })
  const parts = within(await screen.findByRole('list', { name: 'Algebra' }))
  expect(parts.getAllByRole('listitem').map((part) => part.textContent)).toEqual([
    'Taskscounts 60%45% · 9 of 20',
    'Milestonescounts 25%25% · 1 of 4',
    'Interactionscounts 15%60% · 1,200 so far',
  ])
  const total = screen.getByRole('progressbar', { name: 'Algebra' })
  expect(total).toHaveAttribute('aria-valuenow', '41.3')
  expect(total).toHaveAttribute('aria-valuetext', '41.3%')
})

test('parts that do not arrive can be asked for again, and the other spaces stay', async () => {
  const other = { ...SPACE, space_id: 'logic', title: '' }
  const progress = answers('get', '/api/spaces/{space_id}/progress', ({ params }) => ({
    ...PROGRESS,
    space_id: String(params['space_id']),
  }))
  const { user } = renderPage(<Spaces />, {
    handlers: [
      answers('get', '/api/spaces', { spaces: [SPACE, other] }),
      http.get('http://localhost:3000/api/spaces/algebra/progress', () => HttpResponse.json({ code: 'internal' }, { status: 500 })),
      progress,
    ],
  })
  expect(await screen.findByRole('list', { name: 'logic' })).toBeVisible()
  const alert = within(await screen.findByRole('alert'))
  server.use(progress)
  await user.click(alert.getByRole('button', { name: 'Try again' }))
  expect(await screen.findByRole('list', { name: 'Algebra' })).toBeVisible()
})

test('without spaces and goals across them each card says what will stand there', async () => {
  renderPage(<><Spaces /><CompositeGoals /></>, {
    handlers: [answers('get', '/api/spaces', { spaces: [] }), answers('get', '/api/composite-goals', { composite_goals: [] })],
    language: 'de',
  })
  expect(await screen.findByText(/^Die Räume, in denen du arbeitest/)).toBeVisible()
  expect(await screen.findByText(/^Ziele, die deine Plattform/)).toBeVisible()
})

test('spaces that do not arrive say so in their card', async () => {
  const { user } = renderPage(<Spaces />, { handlers: [refuses('get', '/api/spaces', 500, 'internal')] })
  const card = within(await screen.findByRole('region', { name: 'Spaces' }))
  const retry = await card.findByRole('button', { name: 'Try again' })
  server.use(answers('get', '/api/spaces', { spaces: [] }))
  await user.click(retry)
  expect(await card.findByText(/will stand here with tasks/)).toBeVisible()
})
