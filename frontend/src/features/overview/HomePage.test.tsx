import { screen } from '@testing-library/react'
import { expect, test } from 'vitest'

import type { Answer } from '@/api/client'
import { renderPage } from '@/testing/render'
import { answers, refuses } from '@/testing/server'

import { HomePage } from './HomePage'

const ANSWER: Answer<'/api/progress'> = {
  learner_id: 'ada', timezone: 'Europe/Berlin', zone_source: 'claim', local_day: '2026-11-21', revision: 8,
  exercises_completed: 64, exercises_today: 0, minutes: 350, seconds: 21043, points: 640, achievement_points: 20, hints_used: 63,
  streak: {
    current_streak: 22, longest_streak: 22, state: 'active', met_today: true, paused: false, last_exercise_date: '2026-11-21',
    freezes: 2, freezes_pending: 0, next_freeze_in_days: null, expires_at: '2026-11-24T23:00:00Z',
  },
  grades: { average: 81.41, recent_average: 81.61, graded: 64 },
  achievements: { unlocked: 2, total: 2, latest: null, next: null },
  skills: [],
  goals: { active: 0, met_this_period: 0, next: null },
}

test('Home shows the totals of the answer', async () => {
  renderPage(<HomePage />, { handlers: [answers('get', '/api/progress', ANSWER)] })
  expect(await screen.findByText('64')).toBeVisible()
  expect(screen.getByText('5 hr 50 min')).toBeVisible()
  expect(document.title).toBe('Good to see you · Milepost')
})

test('Home speaks German', async () => {
  renderPage(<HomePage />, { handlers: [answers('get', '/api/progress', ANSWER)], language: 'de' })
  expect(await screen.findByText('Übungszeit')).toBeVisible()
})

test('a new learner is led to the next step', async () => {
  renderPage(<HomePage />, { handlers: [answers('get', '/api/progress', { ...ANSWER, exercises_completed: 0 })] })
  expect(await screen.findByRole('link', { name: 'Set a goal' })).toHaveAttribute('href', '/goals')
})

test('an error stays in its card, with the request, and can be tried again', async () => {
  const { user } = renderPage(<HomePage />, { handlers: [refuses('get', '/api/progress', 500, 'internal')] })
  expect(await screen.findByRole('alert')).toHaveTextContent('req-1')
  const { server } = await import('@/testing/server')
  server.use(answers('get', '/api/progress', ANSWER))
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  expect(await screen.findByText('64')).toBeVisible()
})
