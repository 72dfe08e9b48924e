import { screen, waitFor, within } from '@testing-library/react'
import { expect, test } from 'vitest'

import { renderPage } from '@/testing/render'
import { answers, refuses, server } from '@/testing/server'

import { QUICK_STATS } from '../planner/plannerAnswers'
import { QuickStatsWidget } from './QuickStatsWidget'

const NOTHING = {
  ...QUICK_STATS, total_scheduled_minutes: 0, completed_tasks_count: 0, due_tasks_count: 0, due_completed_tasks_count: 0,
  focus_time_utilization: null, focus_utilization_ratio: null, top_category: null,
}

function figure(name: RegExp): HTMLElement {
  const term = screen.getAllByRole('term').find((one) => name.test(one.textContent))
  return term?.nextElementSibling instanceof HTMLElement ? term.nextElementSibling : document.body
}

test('the figures are those of the answer, and explain themselves by its numbers', async () => {
  const { user } = renderPage(<QuickStatsWidget day="2026-11-23" dateRange="7d" />, { handlers: [answers('get', '/api/analytics/quick-stats', QUICK_STATS)] })
  expect(await screen.findByText(/^17\s?–\s?23 November$/)).toBeVisible()
  expect(figure(/Planned time/)).toHaveTextContent('2 hr 30 min')
  expect(figure(/Tasks completed/)).toHaveTextContent('3')
  expect(figure(/Top category/)).toHaveTextContent('Reading')
  expect(figure(/Focus time used/)).toHaveTextContent('75%')
  await user.click(screen.getByRole('button', { name: /Top category/ }))
  expect(within(await screen.findByRole('dialog')).getByText('1 hr 30 min')).toBeVisible()
})

test('another day is asked for', async () => {
  const asked: string[] = []
  const handler = answers('get', '/api/analytics/quick-stats', ({ request }) => {
    asked.push(new URL(request.url).search)
    return QUICK_STATS
  })
  renderPage(<QuickStatsWidget day="2026-11-20" dateRange="today" />, { handlers: [handler] })
  await screen.findByText('Reading')
  expect(asked).toEqual(['?date_range=today&end_date=2026-11-20&view_context=calendar'])
})

test('without anything planned it says what to do, and an error can be tried again', async () => {
  const { user } = renderPage(<QuickStatsWidget day="2026-11-23" dateRange="7d" />, { language: 'de', handlers: [refuses('get', '/api/analytics/quick-stats', 404, 'not_found')] })
  expect(await screen.findByText('Deine Zahlen sind nicht angekommen. Nichts ist verloren.')).toBeVisible()
  server.use(answers('get', '/api/analytics/quick-stats', NOTHING))
  await user.click(screen.getByRole('button'))
  await waitFor(() => expect(screen.getByText(/Hier ist nichts geplant/)).toBeVisible())
})
