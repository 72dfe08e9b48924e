import { screen, waitFor, within } from '@testing-library/react'
import { expect, test } from 'vitest'

import type { Answer } from '@/api/client'
import { renderPage } from '@/testing/render'
import { answers, refuses, server } from '@/testing/server'

import type { Board } from './api/leaderboard'
import { LeaderboardPage } from './LeaderboardPage'

const ME: Answer<'/api/me'> = {
  learner_id: 'ada', timezone: 'Europe/Berlin', zone_source: 'claim', zone_change_allowed_at: null,
  local_day: '2026-11-21', quiet: false, display_name: 'Ada L.', boards: true, digest_weekday: null,
}
const GROUP = 'a7ae47f5-cd33-47c7-8c77-ee98e9d6e410'
const BOARD: Board = {
  metric: 'points', period: 'week', from: '2026-11-16', to: '2026-11-22', today: '2026-11-21', group: null,
  me: { value: 61, rank: 2, shown: true },
  entries: [
    { rank: 1, value: 90, name: null, is_me: false },
    { rank: 2, value: 61, name: 'Ada L.', is_me: true },
  ],
  groups: [{ group_id: GROUP, name: 'Class 8b' }],
}
const PEERS: Answer<'/api/peers'> = {
  from: '2026-10-24', to: '2026-11-20', today: '2026-11-21', reason: null, text: null,
  bands: [{ metric: 'minutes', value: 260, from_percent: 70, to_percent: 75 }],
}
const me = (changes: Partial<Answer<'/api/me'>> = {}) => answers('get', '/api/me', { ...ME, ...changes })
const peers = answers('get', '/api/peers', PEERS)

/** A board that answers what is asked, and keeps it. */
function board(asked: string[] = []) {
  return answers('get', '/api/leaderboards', ({ request }) => {
    asked.push(new URL(request.url).search)
    return BOARD
  })
}

test('whoever has not joined is told what others will see, and sees no board', async () => {
  renderPage(<LeaderboardPage />, { handlers: [me({ boards: false })] })
  expect(await screen.findByText('What others will see')).toBeVisible()
  expect(screen.getByLabelText('Name on the boards (optional)')).toHaveValue('Ada L.')
  expect(screen.queryByRole('table')).toBeNull()
})

test('joining sends the name and the choice, and shows the board', async () => {
  const sent: unknown[] = []
  const joined = answers('patch', '/api/me', async ({ request }) => {
    sent.push(await request.json())
    server.use(me())
    return { ...ME, display_name: 'Lovelace' }
  })
  const { user } = renderPage(<LeaderboardPage />, { handlers: [me({ boards: false }), joined, board(), peers] })
  const name = await screen.findByLabelText('Name on the boards (optional)')
  await user.clear(name)
  await user.type(name, 'Lovelace{Enter}')
  expect(await screen.findByRole('table')).toBeVisible()
  expect(sent).toEqual([{ boards: true, display_name: 'Lovelace' }])
})

test('a name that is too long is said at its field and not sent', async () => {
  const { user } = renderPage(<LeaderboardPage />, { handlers: [me({ boards: false, display_name: null })] })
  await user.type(await screen.findByLabelText('Name on the boards (optional)'), 'a'.repeat(41))
  await user.click(screen.getByRole('button', { name: 'Join the boards' }))
  expect(screen.getByLabelText('Name on the boards (optional)')).toBeInvalid()
  expect(screen.getByText('At most 40 characters.')).toBeVisible()
})

test('a refusal of joining is said', async () => {
  const handlers = [me({ boards: false }), refuses('patch', '/api/me', 409, 'some_conflict')]
  const { user } = renderPage(<LeaderboardPage />, { handlers })
  await user.click(await screen.findByRole('button', { name: 'Join the boards' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('some_conflict')
})

test('the board marks my row, and says places and days', async () => {
  const asked: string[] = []
  renderPage(<LeaderboardPage />, { handlers: [me(), board(asked), peers] })
  const mine = await screen.findByRole('row', { current: true })
  expect(mine).toHaveTextContent('2Ada L.you61')
  expect(screen.getByText('2nd')).toBeVisible()
  expect(screen.getByText('without a name')).toBeVisible()
  expect(screen.getByText('16 – 22 November')).toBeVisible()
  expect(asked).toEqual(['?metric=points&period=week&around=me'])
})

test('metric, period, group and place are in the address and asked for', async () => {
  const asked: string[] = []
  const { user, router } = renderPage(<LeaderboardPage />, { handlers: [me(), board(asked), peers], route: '/?period=month' })
  await user.selectOptions(await screen.findByLabelText('Who'), 'Class 8b')
  await user.click(screen.getByRole('radio', { name: 'From the top' }))
  await user.selectOptions(screen.getByLabelText('What counts'), 'Exercises')
  await waitFor(() => expect(asked.at(-1)).toBe(`?metric=exercises&period=month&group=${GROUP}`))
  expect(router.state.location.search).toBe(`?period=month&group=${GROUP}&place=top&metric=exercises`)
  await user.selectOptions(screen.getByLabelText('What counts'), 'Longest streak')
  await waitFor(() => expect(asked.at(-1)).toBe(`?metric=streak&period=all&group=${GROUP}`))
})

test('peers are bands', async () => {
  renderPage(<LeaderboardPage />, { handlers: [me(), board(), peers] })
  const card = await screen.findByRole('region', { name: 'Compared with others' })
  expect(await within(card).findByText('Ahead of 70 to 75% of the others')).toBeVisible()
  expect(within(card).getByText('4 hr 20 min')).toBeVisible()
})

test('without bands the reason is said in the language of the page', async () => {
  const none = answers('get', '/api/peers', { ...PEERS, reason: 'too_few_peers', text: 'server text', bands: [] })
  renderPage(<LeaderboardPage />, { handlers: [me(), board(), none], language: 'de' })
  expect(await screen.findByText(/Es sind zu wenige andere da/)).toBeVisible()
})

test('leaving takes the board away', async () => {
  const sent: unknown[] = []
  const left = answers('patch', '/api/me', async ({ request }) => {
    sent.push(await request.json())
    server.use(me({ boards: false }))
    return { ...ME, boards: false }
  })
  const { user } = renderPage(<LeaderboardPage />, { handlers: [me(), board(), peers, left] })
  await user.click(await screen.findByRole('button', { name: 'Leave the boards' }))
  expect(await screen.findByRole('button', { name: 'Join the boards' })).toBeVisible()
  expect(sent).toEqual([{ boards: false }])
})

test('quiet mode has no boards', async () => {
  renderPage(<LeaderboardPage />, { handlers: [me({ quiet: true })] })
  expect(await screen.findByRole('link', { name: 'Go to Settings' })).toHaveAttribute('href', '/settings')
})

test('an error of the board stays in its card and can be tried again', async () => {
  const { user } = renderPage(<LeaderboardPage />, {
    handlers: [me(), refuses('get', '/api/leaderboards', 500, 'internal'), peers],
  })
  const card = await screen.findByRole('region', { name: 'Board' })
  expect(await within(card).findByRole('alert')).toHaveTextContent('req-1')
  server.use(board())
  await user.click(within(card).getByRole('button', { name: 'Try again' }))
  expect(await screen.findByRole('table')).toBeVisible()
})
