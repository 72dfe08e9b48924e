import { screen, within } from '@testing-library/react'
import { expect, test, vi } from 'vitest'

import type { Answer } from '@/api/client'
import { renderPage } from '@/testing/render'
import { answers, refuses, server } from '@/testing/server'

import type { Skill } from './api/skill-levels'
import { SkillsPage } from './SkillsPage'

// happy-dom has no canvas; the frame, its key and its table are ours.
vi.mock('@/parts/charts/ChartCanvas', () => ({ default: () => null }))

const LOOPS: Skill = {
  topic: 'loops', level: 'intermediate', previous_level: 'beginner', level_updated_at: '2026-11-02T10:00:00Z',
  exercises: 24, graded: 23, average_grade: 76.92, minutes: 383, seconds: 22998,
  next: { level: 'advanced', exercises_missing: 7, grade_missing: 0 },
  progress: { total: 49.2, parts: { practice: 16.9, mastery: 76.9 }, weights_used: { practice: 0.5, mastery: 0.5 } },
  mastery: null,
}
const MASTERY: NonNullable<Skill['mastery']> = {
  estimate: 75.76, low: 48.74, high: 91.13, grades: 9, average_grade: 77.77, typical: 53.33, code: 'mastery_solved',
  values: { topic: 'loops', solved: 7, grades: 9, typical: 5, estimate: 76, low: 49, high: 91 }, text: 'Server words',
}
const CURVE: Answer<'/api/progress/mastery'> = {
  topic: 'loops', from: '2026-09-01', to: '2026-11-21', today: '2026-11-21', mastery: MASTERY,
  points: [
    { local_day: '2026-11-20', estimate: 61.2, low: 36.9, high: 81, grades: 3 },
    { local_day: '2026-11-21', estimate: 75.76, low: 48.74, high: 91.13, grades: 9 },
  ],
}
const NEXT: Answer<'/api/progress/predictions'> = {
  next_achievement: null, other_achievements: [],
  next_level: {
    topic: 'loops', level: 'advanced', exercises_missing: 7, grade_missing: 0,
    estimate: {
      state: 'expected', p10: '2026-11-24', p50: '2026-11-30', p90: null, likely_from: '2026-11-23',
      likely_until: '2026-12-16', within_60_percent: 88, text: 'server text', code: 'expected',
      values: {
        within_60_percent: 88, p50: '2026-11-30', likely_from: '2026-11-23', likely_until: '2026-12-16', grade_missing: 0, min_days: 3,
        of_days: 28, counted: 'graded_in_topic', topic: 'loops',
      },
    },
  },
}
const skills = (...all: Skill[]) => answers('get', '/api/progress/skill-levels', { skills: all })
const predictions = answers('get', '/api/progress/predictions', NEXT)

test('a topic shows level, what is missing, and its parts with the weights used', async () => {
  renderPage(<SkillsPage />, { handlers: [skills(LOOPS), predictions] })
  const row = await screen.findByRole('region', { name: 'loops' })
  expect(within(row).getByRole('progressbar', { name: 'Progress in loops' })).toHaveAttribute('aria-valuetext', '49.2%')
  expect(within(row).getByRole('img', { name: 'Level 2 of 4: Intermediate' })).toBeInTheDocument()
  expect(within(row).getByText('7 more graded exercises for Advanced. Your average is already enough.')).toBeVisible()
  expect(within(row).getByText('23 of 24 exercises graded')).toBeVisible()
  const parts = within(row).getByRole('list', { name: 'Parts of loops' })
  expect(within(parts).getByRole('progressbar', { name: 'Practice' })).toHaveAttribute('aria-valuetext', '16.9%')
  expect(within(parts).getAllByText('counts 50%')).toHaveLength(2)
})

test.each([
  [{ exercises_missing: 0, grade_missing: 4.9 }, '4.9 more points of average grade for Expert. You have enough exercises.'],
  [{ exercises_missing: 1, grade_missing: 3.3 }, '1 more graded exercise and 3.3 more points of average grade for Expert.'],
])('what is missing is said: %o', async (missing, sentence) => {
  const skill: Skill = { ...LOOPS, level: 'advanced', next: { level: 'expert', ...missing } }
  renderPage(<SkillsPage />, { handlers: [skills(skill), predictions] })
  expect(await screen.findByText(sentence)).toBeVisible()
})

test('levels of another policy are named, without a track that would be wrong', async () => {
  const skill: Skill = { ...LOOPS, level: 'bronze', next: { level: 'silver', exercises_missing: 2, grade_missing: 0 } }
  renderPage(<SkillsPage />, { handlers: [skills(skill), predictions] })
  expect(await screen.findByRole('heading', { name: 'bronze' })).toBeVisible()
  expect(screen.queryByRole('img', { name: /Level/ })).toBeNull()
})

test('the next level says its likely days, and why', async () => {
  const { user } = renderPage(<SkillsPage />, { handlers: [skills(LOOPS), predictions] })
  expect(
    await screen.findByText(
      'At your pace: about Monday 30 November. 88 of 100 get there within 60 days, mostly between Monday 23 November and Wednesday 16 December.',
    ),
  ).toBeVisible()
  const next = screen.getByRole('region', { name: 'Next level' })
  await user.click(within(next).getByRole('button', { name: 'Why loops: Advanced' }))
  const last = (await screen.findByText('93 of 100 of these by')).closest('div')
  expect(last).toHaveTextContent('Wed 16 Dec')
})

test('a level without a date names what an estimate needs', async () => {
  const next = { topic: 'loops', level: 'advanced', exercises_missing: 4, grade_missing: 0 }
  const none = { p10: null, p50: null, p90: null, likely_from: null, likely_until: null, within_60_percent: null }
  const values = { ...none, grade_missing: 0, min_days: 3, of_days: 28, counted: 'graded_in_topic', topic: 'loops' }
  const estimate = { ...none, state: 'too_few_days', code: 'too_few_days', text: 'server text', values } as const
  const answer = { next_achievement: null, other_achievements: [], next_level: { ...next, estimate } }
  renderPage(<SkillsPage />, { handlers: [skills(LOOPS), answers('get', '/api/progress/predictions', answer)] })
  const sentence = 'Graded exercises in this topic on 3 of the 28 days before today would make an estimate possible.'
  expect(await screen.findByText(sentence)).toBeVisible()
})

test('without topics the next step is offered', async () => {
  renderPage(<SkillsPage />, { handlers: [skills()] })
  expect(await screen.findByRole('link', { name: 'Set a goal' })).toHaveAttribute('href', '/goals')
})

test('an error can be tried again', async () => {
  const handlers = [refuses('get', '/api/progress/skill-levels', 500, 'internal'), predictions]
  const { user } = renderPage(<SkillsPage />, { handlers, language: 'de' })
  expect(await screen.findByRole('alert')).toHaveTextContent('req-1')
  server.use(skills(LOOPS))
  await user.click(screen.getByRole('button', { name: 'Noch einmal versuchen' }))
  expect(await screen.findByRole('heading', { name: 'Mittelstufe' })).toBeVisible()
})

test('what can be expected is said with its numbers, its band and why', async () => {
  const { user } = renderPage(<SkillsPage />, { handlers: [skills({ ...LOOPS, mastery: MASTERY }), predictions] })
  const row = within(await screen.findByRole('region', { name: 'loops' }))
  expect(row.getByText('7 of 9 exercises solved; others solve 5 of these. Expected in typical exercises: 76 of 100, most likely 49 to 91.')).toBeVisible()
  expect(row.getByRole('img', { name: 'loops: 76 of 100 expected, most likely between 49 and 91' })).toBeInTheDocument()
  await user.click(row.getByRole('button', { name: 'Why Expected in loops' }))
  const why = within(await screen.findByRole('dialog'))
  expect(why.getByText('77.77')).toBeVisible()
  expect(why.getByText('53.33')).toBeVisible()
  expect(why.getByText('48.74 and 91.13')).toBeVisible()
})

test('the curve opens with its band as a table, and closes', async () => {
  const { user } = renderPage(<SkillsPage />, {
    handlers: [skills({ ...LOOPS, mastery: MASTERY }), predictions, answers('get', '/api/progress/mastery', CURVE)],
  })
  await user.click(await screen.findByRole('button', { name: 'Show the curve of loops' }))
  expect(await screen.findByText('From 61 on 20 November to 76 of 100 now.')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Show table' }))
  expect(screen.getByRole('row', { name: 'Fri 20 Nov 81 37 61' })).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Hide the curve of loops' }))
  expect(screen.queryByText(/of 100 now/)).not.toBeInTheDocument()
})

test('a curve that does not come can be asked for again', async () => {
  const { user } = renderPage(<SkillsPage />, {
    handlers: [skills({ ...LOOPS, mastery: MASTERY }), predictions, refuses('get', '/api/progress/mastery', 404, 'not_found')],
  })
  await user.click(await screen.findByRole('button', { name: 'Show the curve of loops' }))
  await screen.findByRole('alert')
  server.use(answers('get', '/api/progress/mastery', CURVE))
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  expect(await screen.findByText('From 61 on 20 November to 76 of 100 now.')).toBeVisible()
})

test('below three grades nothing is expected, and German says so', async () => {
  renderPage(<SkillsPage />, { handlers: [skills(LOOPS), predictions], language: 'de' })
  expect(await screen.findByText('Mit drei Noten lässt sich schätzen, was du kannst.')).toBeVisible()
})
