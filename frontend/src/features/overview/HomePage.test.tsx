import { screen, within } from '@testing-library/react'
import type { HttpHandler } from 'msw'
import { describe, expect, test } from 'vitest'

import { renderPage } from '@/testing/render'
import { answers, refuses, server } from '@/testing/server'

import { ACHIEVEMENTS, FEATURES, GOAL, HOME, INSIGHTS, PREDICTIONS, PROGRESS } from './answers.fixture'
import { HomePage } from './HomePage'

type Language = 'en' | 'de'

function home(handlers: readonly HttpHandler[] = [], language: Language = 'en') {
  return renderPage(<HomePage />, { handlers: [...handlers, ...HOME], language })
}

function card(name: string): Promise<HTMLElement> {
  return screen.findByRole('region', { name })
}

test('every card has its content, and the document its title', async () => {
  home()
  expect(await screen.findByText('Saturday 21 November')).toBeVisible()
  for (const name of ['Streak', 'Today', 'Your year', 'Goals', 'Next badge', 'Next level', 'Worth a look', 'Latest activity']) {
    expect(await card(name)).toHaveAttribute('aria-busy', 'false')
  }
  expect(document.title).toBe('Good to see you · Milepost')
})

describe('Today', () => {
  test('shows the time of today, tasks, exercises and the bars of the week', async () => {
    home()
    const today = within(await card('Today'))
    expect(await today.findByText('12 min')).toBeVisible()
    expect(await today.findByRole('progressbar', { name: 'Tasks due' })).toHaveAttribute('aria-valuetext', '1 of 3')
    expect(today.getByText('3')).toBeVisible()
    expect(await today.findByText('4 hr 20 min')).toBeVisible()
    expect(today.getByText('Monday 16 November: 2 hr')).toBeInTheDocument()
    expect(today.getByText('Sunday 22 November: still to come')).toBeInTheDocument()
  })

  test('the ring is that of a daily goal, if there is one', async () => {
    const period = { start: '2026-11-21', end: '2026-11-21' }
    const daily = { ...GOAL, goal_id: 'g2', name: 'A little each day', target_type: 'minutes', target_value: 25, achieved_value: 12, percent_complete: 48, period } as const
    home([answers('get', '/api/goals/progress', [GOAL, daily])])
    const ring = await within(await card('Today')).findByRole('progressbar', { name: 'A little each day' })
    expect(ring).toHaveAttribute('aria-valuenow', '48')
    expect(ring).toHaveTextContent('of 25 min')
  })
})

test('a goal says how far it is, until when, its state, and what it is made of', async () => {
  const { user } = home()
  const goals = within(await card('Goals'))
  expect(await goals.findByText('11 of 20 exercises, until Sun 22 Nov')).toBeVisible()
  expect(goals.getByText('Behind pace')).toBeVisible()
  await user.click(goals.getByRole('button', { name: 'Why Twenty exercises' }))
  expect(await screen.findByText('55%')).toBeVisible()
})

test('without a goal the next step is to set one; where goals are off nothing is asked', async () => {
  home([answers('get', '/api/goals/progress', [])])
  expect(await screen.findByRole('link', { name: 'Set a goal' })).toHaveAttribute('href', '/goals')
})

test('where goals are switched off there is no card of goals', async () => {
  const off = { ...FEATURES, features: { goals: false, analytics: true } }
  home([answers('get', '/api/features', off), refuses('get', '/api/goals/progress', 404, 'not_found')])
  await card('Next badge')
  await screen.findByText('12 min')
  expect(screen.queryByRole('region', { name: 'Goals' })).not.toBeInTheDocument()
})

test('the next badge has its progress and its likely days, in the words of the catalogue', async () => {
  home()
  const badge = within(await card('Next badge'))
  expect(await badge.findByText('Recursion Ranger')).toBeVisible()
  expect(badge.getByText('21 of 25')).toBeVisible()
  const estimate =
    'At your pace about Wednesday 25 November: 99 of 100 get there within 60 days, mostly between Monday 23 November and Sunday 29 November.'
  expect(badge.getByText(estimate)).toBeVisible()
  expect(await badge.findByRole('img', { name: 'Silver badge, not earned yet' })).toBeInTheDocument()
})

test('the next level says what is missing', async () => {
  home()
  expect(await within(await card('Next level')).findByText('4 more exercises. Your average is already enough.')).toBeVisible()
})

test('with nothing next the cards say what will stand there', async () => {
  home([answers('get', '/api/progress/predictions', { ...PREDICTIONS, next_achievement: null, next_level: null })])
  expect(await screen.findByText(/No badge is left/)).toBeVisible()
  expect(screen.getByText(/After a few graded exercises/)).toBeVisible()
})

describe('Worth a look', () => {
  const near = {
    rank: 1, kind: 'near_achievement', code: 'near_achievement', text: 'Server words', reason: 'Server words', subject: 'ranger',
    numbers: {}, values: { metric: 'exercises', now: 21, needed: 25, missing: 4, percent: 84 },
  } as const

  test('names what a recommendation is about, and gives its reason', async () => {
    home([answers('get', '/api/progress/recommendations', { recommendations: [near] })])
    expect(await screen.findByText('4 to go for “Recursion Ranger”.')).toBeVisible()
    expect(screen.getByText('You have 21 of 25.')).toBeVisible()
    expect(screen.getByText('You were active on 22 of the last 28 days.')).toBeVisible()
  })

  test('says it as the service wrote it while a title is not known', async () => {
    home([
      answers('get', '/api/progress/recommendations', { recommendations: [near] }),
      answers('get', '/api/progress/achievements', { ...ACHIEVEMENTS, achievements: [] }),
    ])
    expect(await screen.findByText('Server words')).toBeVisible()
  })

  test('is empty without recommendations and observations', async () => {
    home([answers('get', '/api/progress/insights', { ...INSIGHTS, insights: [] })])
    expect(await screen.findByText('Three active days make observations possible.')).toBeVisible()
  })
})

test('the feed shows times of the zone of the learner, and points', async () => {
  home()
  const feed = within(await card('Latest activity'))
  expect(await feed.findByText('Exercise: sorting')).toBeVisible()
  expect(await feed.findByText('20 Nov, 19:42 · 14 min · grade 75')).toBeVisible()
  expect(feed.getByText('+15')).toBeVisible()
})

test('the year changes its measure, and each day says all of its facts', async () => {
  const { user } = home()
  const year = within(await card('Your year'))
  const first = await year.findByRole('button', { name: 'Friday 20 November 2026: 48 min, 1 exercise' })
  expect(first).toHaveAttribute('data-step', '4')
  await user.click(year.getByRole('radio', { name: 'Exercises' }))
  expect(first).toHaveAttribute('data-step', '2')
})

test('an error stays in its card, with the request, and can be tried again', async () => {
  const { user } = home([refuses('get', '/api/progress/predictions', 500, 'internal')])
  const badge = within(await card('Next badge'))
  expect(await badge.findByRole('alert')).toHaveTextContent('req-1')
  expect(await screen.findByText('16', { selector: 'strong' })).toBeVisible()
  server.use(answers('get', '/api/progress/predictions', PREDICTIONS))
  await user.click(badge.getByRole('button', { name: 'Try again' }))
  expect(await badge.findByText('Recursion Ranger')).toBeVisible()
})

test('quiet mode shows this week, and neither run nor badge', async () => {
  const { streak: _run, achievements: _badges, achievement_points: _points, ...quiet } = PROGRESS
  home([answers('get', '/api/progress', quiet)])
  const week = within(await card('This week'))
  expect(await week.findByText('4 hr 20 min')).toBeVisible()
  expect(week.getByText('Quiet mode is on', { exact: false })).toBeVisible()
  expect(screen.queryByRole('region', { name: 'Streak' })).not.toBeInTheDocument()
  expect(screen.queryByRole('region', { name: 'Next badge' })).not.toBeInTheDocument()
})

test('Home speaks German', async () => {
  home([], 'de')
  expect(await screen.findByText('11 von 20 Übungen, bis So., 22. Nov.')).toBeVisible()
  expect(await screen.findByText('Du warst an 22 der letzten 28 Tage aktiv.')).toBeVisible()
  expect(await screen.findByText(/Mit einer Übung sind es 17/)).toBeVisible()
})
