import { screen, within } from '@testing-library/react'
import { describe, expect, test } from 'vitest'

import { STREAK, type Streak } from '@/features/overview/answers.fixture'
import { renderPage } from '@/testing/render'
import { answers, refuses, server } from '@/testing/server'

import { phaseOf } from './phase'
import { StreakCard } from './StreakCard'
import { lastDay } from './StreakSummary'

const PATH = '/api/progress/streak'

function show(changes: Partial<Streak> = {}) {
  return renderPage(<StreakCard weekStart="monday" />, { handlers: [answers('get', PATH, { ...STREAK, ...changes })] })
}

describe('the run', () => {
  test('an open day: the number, what today needs, how long the run holds, the next step, four facts', async () => {
    show()
    expect(await screen.findByText('16', { selector: 'strong' })).toBeVisible()
    expect(screen.getByText('One exercise makes it 17. The run holds until Sunday 22 November, midnight.')).toBeVisible()
    expect(screen.getByText('Open today')).toBeVisible()
    expect(screen.getByRole('link', { name: 'Plan today' })).toHaveAttribute('href', '/planner')
    const facts = screen.getAllByRole('definition').map((one) => one.textContent.trim())
    expect(facts).toEqual(['41 days', '1 held', 'after 5 days', 'Fri 20 Nov'])
  })

  test('a day that is done asks for nothing', async () => {
    show({ met_today: true, current_streak: 17 })
    expect(await screen.findByText('Done today')).toBeVisible()
    expect(screen.getByText(/^Today is done\./)).toBeVisible()
    expect(screen.queryByRole('link', { name: 'Plan today' })).not.toBeInTheDocument()
  })

  test('a run at risk holds until midnight', async () => {
    show({ state: 'at_risk', expires_at: '2026-11-21T23:00:00Z', freezes: 0 })
    expect(await screen.findByText('One exercise makes it 17. The run holds until midnight.')).toBeVisible()
  })

  test('a freeze that covers a day off is said', async () => {
    show({ freezes_pending: 1 })
    expect(await screen.findByText(/A freeze covers a day off\./)).toBeVisible()
  })

  test('an excused day rests', async () => {
    show({ paused: true })
    expect(await screen.findByText(/the run rests at 16/)).toBeVisible()
    expect(screen.getByText('Excused today')).toBeVisible()
  })

  test('on the first visit today can be day 1', async () => {
    show({ state: 'none', current_streak: 0, longest_streak: 0, expires_at: null, last_exercise_date: null, calendar: [] })
    expect(await screen.findByText('One exercise today is day 1.')).toBeVisible()
    expect(screen.getByRole('link', { name: 'Set a goal' })).toBeVisible()
    expect(screen.getByText('not yet')).toBeVisible()
  })

  const BROKEN = { state: 'broken', current_streak: 0 } as const

  test('a run that ended and cannot be repaired: today can be day 1', async () => {
    show(BROKEN)
    expect(await screen.findByText('The run ended, and today can be day 1. Your longest is still 41 days.')).toBeVisible()
    expect(screen.queryByRole('button', { name: 'Repair the run' })).not.toBeInTheDocument()
  })

  test('a run that can be repaired is repaired, and shown anew', async () => {
    const { user } = show({ ...BROKEN, repairable_until: '2026-11-23T23:00:00Z' })
    const button = await screen.findByRole('button', { name: 'Repair the run' })
    expect(screen.getByText(/until 24 Nov, 00:00/)).toBeVisible()
    server.use(
      answers('post', '/api/me/streak-repair', { revision: 9, streak: STREAK, repaired: [] }),
      answers('get', PATH, STREAK),
    )
    await user.click(button)
    expect(await screen.findByText('16', { selector: 'strong' })).toBeVisible()
    expect(await screen.findByText('The run is alive again: 16 days.')).toBeVisible()
  })

  test('explains its number from the answer', async () => {
    const { user } = show()
    await user.click(await screen.findByRole('button', { name: 'Why Streak' }))
    const rows = within(await screen.findByRole('dialog')).getAllByRole('definition').map((one) => one.textContent)
    expect(rows).toEqual(['16', 'Fri 20 Nov', '0', '23 Nov, 00:00'])
  })
})

describe('the month', () => {
  test('says a chosen day in the words of the catalogue', async () => {
    const { user } = show()
    await user.click(await screen.findByRole('button', { name: /11 November, Freeze/ }))
    expect(screen.getByText(/A freeze covered this day off/)).toBeVisible()
  })

  test('another month is read, and the run stays meanwhile', async () => {
    const months: (string | null)[] = []
    const { user } = renderPage(<StreakCard weekStart="monday" />, {
      handlers: [
        answers('get', PATH, ({ request }) => {
          const month = new URL(request.url).searchParams.get('month')
          months.push(month)
          const day = { day: '2026-10-05', state: 'missed', reason: '', code: 'missed', values: { run: 3 } } as const
          return month === null ? STREAK : { ...STREAK, month, calendar: [day] }
        }),
      ],
    })
    await user.click(await screen.findByRole('button', { name: 'Month before' }))
    expect(screen.getByText('16', { selector: 'strong' })).toBeVisible()
    await user.click(await screen.findByRole('button', { name: /5 October, Missed/ }))
    expect(screen.getByText(/The run before it ended at day 3/)).toBeVisible()
    expect(months).toEqual([null, '2026-10'])
    expect(screen.getByRole('button', { name: 'Month after' })).toBeEnabled()
  })
})

test('an error can be tried again', async () => {
  const { user } = renderPage(<StreakCard weekStart="monday" />, { handlers: [refuses('get', PATH, 500, 'internal')] })
  const again = await screen.findByRole('button', { name: 'Try again' })
  server.use(answers('get', PATH, STREAK))
  await user.click(again)
  expect(await screen.findByText('16', { selector: 'strong' })).toBeVisible()
})

test.each([
  [{ state: 'active', met_today: true, paused: true }, 'met'],
  [{ state: 'active', met_today: false, paused: true }, 'paused'],
  [{ state: 'at_risk', met_today: false, paused: false }, 'risk'],
  [{ state: 'active', met_today: false, paused: false }, 'open'],
  [{ state: 'broken', met_today: false, paused: true }, 'broken'],
] as const)('%o is %s', (streak, phase) => {
  expect(phaseOf(streak)).toBe(phase)
})

test.each([
  ['2026-11-22T23:00:00Z', 'Europe/Berlin', '2026-11-22'],
  ['2026-11-23T11:00:00Z', 'Pacific/Auckland', '2026-11-23'],
  ['2026-11-24T03:30:00Z', 'America/St_Johns', '2026-11-23'],
])('a run that ends at %s in %s holds until the end of %s', (instant, zone, day) => {
  expect(lastDay(instant, zone)).toBe(day)
})
