import { screen, waitFor, within } from '@testing-library/react'
import { expect, test } from 'vitest'

import type { Answer } from '@/api/client'
import type { Share } from '@/features/sharing/api/shares'
import { renderPage } from '@/testing/render'
import { answers, refuses, server } from '@/testing/server'

import { AchievementsPage } from './AchievementsPage'
import type { Achievement } from './api/achievements'

const EARNED: Achievement = {
  code: 'two-weeks', title: 'Two Weeks', description: 'A 14-day streak', category: 'streak', tier: 'silver', points: 50,
  icon: 'repeat', secret: false, unlocked: true, unlocked_at: '2026-11-18T17:30:00Z', earned_on: '2026-11-18',
  progress: { now: 16, needed: 14, percent: 100 }, rarity_percent: 24,
}
const OPEN: Achievement = {
  ...EARNED, code: 'ten', title: 'Ten', description: 'Ten exercises', category: 'exercises', tier: 'gold', unlocked: false,
  unlocked_at: null, earned_on: null, progress: { now: 4, needed: 10, percent: 40 }, rarity_percent: null,
}
const SECRET: Achievement = { ...OPEN, code: 'secret-11', title: 'A secret', category: 'secret', secret: true, progress: null }
const ALL = [EARNED, OPEN, SECRET]
const PREDICTIONS: Answer<'/api/progress/predictions'> = {
  next_achievement: {
    code: 'ten', title: 'Ten', metric: 'exercises_completed', now: 4, needed: 10, percent: 40,
    estimate: {
      state: 'expected', p10: '2026-11-24', p50: '2026-11-30', p90: null, likely_from: '2026-11-23',
      likely_until: '2026-12-16', within_60_percent: 88, text: 'server text', code: 'expected',
      values: {
        within_60_percent: 88, p50: '2026-11-30', likely_from: '2026-11-23', likely_until: '2026-12-16', grade_missing: 0, min_days: 3,
        of_days: 28, counted: 'exercises_completed', topic: null,
      },
    },
  },
  other_achievements: [], next_level: null,
}
const ME: Answer<'/api/me'> = {
  learner_id: 'ada', timezone: 'Europe/Berlin', zone_source: 'claim', zone_change_allowed_at: null,
  local_day: '2026-11-21', quiet: false, display_name: 'Ada L.', boards: false, digest_weekday: null,
}

function answered(achievements: Achievement[]) {
  return answers('get', '/api/progress/achievements', {
    unlocked: 1, total: 3, points: 50, rarity_as_of: '2026-11-21T05:00:00Z', achievements,
  })
}
const SHARE: Share = {
  share_id: 's1', kind: 'badge', code: 'two-weeks', fields: ['display_name'], ends_on: null, url: '/s/abc', state: 'open',
  views: 0, views_by_day: [], created_at: '2026-11-21T17:30:00Z',
}
const rest = [answers('get', '/api/progress/predictions', PREDICTIONS), answers('get', '/api/me', ME)]
const handlers = [answered(ALL), ...rest]

test('earned, open and secret badges stand in their places', async () => {
  renderPage(<AchievementsPage />, { handlers })
  expect(await screen.findByText('1 of 3 earned, 50 points')).toBeVisible()
  const earned = screen.getByRole('region', { name: 'Earned' })
  expect(within(earned).getByText('18 Nov · 50 points')).toBeVisible()
  expect(within(earned).getByText('Silver, 24% have it')).toBeVisible()
  const open = screen.getByRole('region', { name: 'Still to earn' })
  expect(within(open).getByText('4 of 10')).toBeVisible()
  expect(within(open).getByRole('img', { name: 'Secret badge' })).toBeInTheDocument()
  expect(within(open).queryByText('A secret')).toBeNull()
})

test('nearly there says the likely date', async () => {
  renderPage(<AchievementsPage />, { handlers })
  const nearly = await screen.findByRole('region', { name: 'Nearly there' })
  expect(await within(nearly).findByText('About Mon 30 Nov')).toBeVisible()
})

test('filters come from the address and go into it', async () => {
  const { user, router } = renderPage(<AchievementsPage />, { handlers, route: '/achievements?tier=gold' })
  await screen.findByText('1 of 3 earned, 50 points')
  expect(screen.getByText('No badge here has this group and tier.')).toBeVisible()
  await user.selectOptions(screen.getByLabelText('Group'), 'Exercises')
  expect(router.state.location.search).toBe('?tier=gold&category=exercises')
  const open = screen.getByRole('region', { name: 'Still to earn' })
  expect(within(open).getAllByRole('listitem')).toHaveLength(1)
  await user.click(screen.getByRole('radio', { name: 'Earned' }))
  expect(router.state.location.search).toContain('show=earned')
  expect(screen.queryByRole('region', { name: 'Still to earn' })).toBeNull()
})

test('a badge opens by keyboard, says its rule and facts, and Escape leaves it', async () => {
  const { user, router } = renderPage(<AchievementsPage />, { handlers })
  const button = await screen.findByRole('button', { name: 'Two Weeks' })
  button.focus()
  await user.keyboard('{Enter}')
  const dialog = await screen.findByRole('dialog', { name: 'Two Weeks' })
  expect(router.state.location.search).toBe('?badge=two-weeks')
  expect(within(dialog).getByText('A 14-day streak')).toBeVisible()
  expect(within(dialog).getByText('Wednesday 18 November 2026')).toBeVisible()
  expect(within(dialog).getByText('16 of 14')).toBeVisible()
  expect(await within(dialog).findByText('21 Nov, 06:00')).toBeVisible()
  await user.keyboard('{Escape}')
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(router.state.location.search).toBe('')
})

test('an open badge cannot be shared, a secret one says nothing of its rule', async () => {
  renderPage(<AchievementsPage />, { handlers, route: '/achievements?badge=secret-11' })
  const dialog = await screen.findByRole('dialog', { name: 'Secret badge' })
  expect(within(dialog).queryByText('Ten exercises')).toBeNull()
  expect(within(dialog).queryByRole('button', { name: 'Share' })).toBeNull()
})

test('a badge is shared from its dialog', async () => {
  const sent: unknown[] = []
  const created = answers('post', '/api/shares', async ({ request }) => {
    sent.push(await request.json())
    return SHARE
  })
  const { user } = renderPage(<AchievementsPage />, { handlers: [...handlers, created], route: '/?badge=two-weeks' })
  await user.click(await screen.findByRole('button', { name: 'Share' }))
  await user.click(screen.getByRole('checkbox', { name: 'My name' }))
  await user.click(screen.getByRole('button', { name: 'Make the link' }))
  expect(await screen.findByRole('link', { name: 'http://localhost:3000/s/abc' })).toBeVisible()
  expect(sent).toEqual([{ kind: 'badge', code: 'two-weeks', fields: ['display_name'], ends_on: null }])
})

test('quiet mode shows no badges', async () => {
  const quiet = answers('get', '/api/progress/achievements', { quiet: true, achievements: [] })
  renderPage(<AchievementsPage />, { handlers: [quiet, ...rest] })
  expect(await screen.findByText(/In quiet mode badges rest/)).toBeVisible()
  expect(screen.queryByRole('region', { name: 'Nearly there' })).toBeNull()
})

test('an error can be tried again', async () => {
  const { user } = renderPage(<AchievementsPage />, {
    handlers: [refuses('get', '/api/progress/achievements', 500, 'internal'), ...rest], language: 'de',
  })
  expect(await screen.findByRole('alert')).toHaveTextContent('req-1')
  server.use(answered(ALL))
  await user.click(screen.getByRole('button', { name: 'Noch einmal versuchen' }))
  expect(await screen.findByText('Silber, 24 % haben es')).toBeVisible()
})
