import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { expect, test, vi } from 'vitest'

import type { Answer } from '@/api/client'
import { renderPage } from '@/testing/render'
import { answers, refuses, server } from '@/testing/server'

import type { Goal } from './api/goals'
import { GoalProgress } from './GoalProgress'
import { GoalsPage } from './GoalsPage'

const PERIOD = { start: '2026-11-16', end: '2026-11-22' }
const PROGRESS = {
  goal_id: 'g', name: 'Practise every week', target_type: 'minutes', target_value: 120, period: PERIOD, achieved_value: 99,
  percent_complete: 82.5, status: 'on_track', met_at: null, revised_at: null,
} satisfies Goal['progress']
const GOAL: Goal = {
  etag: '"e1"', goal_id: 'g', name: 'Practise every week', target_type: 'minutes', time_period: 'weekly', target_value: 120,
  category_id: 'c', topic: null, archived: false, created_at: '2026-11-01T08:00:00Z', updated_at: '2026-11-01T08:00:00Z',
  progress: PROGRESS,
  sparkline: [
    { from: '2026-11-09', to: '2026-11-15', value: 130, target: 120, percent: 108.33, status: 'achieved' },
    { from: '2026-11-16', to: '2026-11-22', value: 99, target: 120, percent: 82.5, status: 'on_track' },
  ],
}
const CATEGORIES: Answer<'/api/categories'> = {
  categories: [
    {
      category_id: 'c', name: 'Reading', color: 'petrol', position: 0, etag: '"c1"', created_at: '2026-11-01T08:00:00Z',
    },
  ],
}
const COMPOSITE: Answer<'/api/composite-goals/{goal_id}/progress'> = {
  goal_id: 'exam', title: 'The exam', total: 61.2, parts: { spaces: 70, milestones: 50 },
  weights_used: { spaces: 0.6667, milestones: 0.3333 }, measured: { spaces: { now: 1, of: 2 }, milestones: { now: 3, of: 6 } },
}

function goals(listed: readonly Goal[] = [GOAL]) {
  return [
    answers('get', '/api/goals', ({ request }) => {
      const isArchive = new URL(request.url).searchParams.get('archived') === 'true'
      return { goals: isArchive ? [] : [...listed] }
    }),
    answers('get', '/api/categories', CATEGORIES),
    answers('get', '/api/composite-goals', {
      composite_goals: [{ etag: '"x"', goal_id: 'exam', title: 'The exam', space_ids: ['a', 'b'], milestones: 6, milestones_reached: 3, total: 61.2 }],
    }),
    answers('get', '/api/composite-goals/{goal_id}/progress', COMPOSITE),
    answers('get', '/api/spaces', { spaces: [] }),
  ]
}

test('a goal says what it counts, how far it is, what is left by when, and how its periods ended', async () => {
  renderPage(<GoalsPage />, { handlers: goals() })
  const row = within((await screen.findByRole('heading', { name: 'Practise every week' })).closest('li') ?? document.body)
  expect(await row.findByText('120 minutes a week in Reading')).toBeVisible()
  expect(row.getByText('On track')).toBeVisible()
  expect(row.getByRole('progressbar', { name: '99 of 120 minutes' })).toHaveAttribute('aria-valuenow', '82.5')
  expect(row.getByText('21 to go by Sunday 22 November')).toBeVisible()
  expect(row.getByRole('img', { name: 'Practise every week: 1 of the last 2 periods reached' })).toBeVisible()
})

test('the form refuses at once what cannot be, and sends the rest', async () => {
  const { user } = renderPage(<GoalsPage />, { handlers: goals() })
  await user.click(await screen.findByRole('button', { name: 'New goal' }))
  const form = within(await screen.findByRole('dialog', { name: 'New goal' }))
  await user.click(form.getByRole('button', { name: 'Create goal' }))
  expect(form.getByText('A goal needs a name.')).toBeVisible()
  await user.type(form.getByRole('textbox', { name: /^Name/ }), '  Read ')
  await user.selectOptions(form.getByRole('combobox', { name: 'What counts' }), 'active_days')
  expect(form.getByText('Choose a whole number from 1 to 7.')).toBeVisible()
  const target = form.getByRole('textbox', { name: /^Target/ })
  await user.clear(target)
  await user.type(target, '5')
  expect(form.queryByRole('combobox', { name: 'Category' })).toBeNull()
  await user.type(form.getByRole('textbox', { name: 'Topic' }), 'loops')
  const sent = vi.fn()
  server.use(
    answers('post', '/api/goals', async ({ request }) => {
      sent(await request.json(), request.headers.get('Idempotency-Key'))
      return { ...GOAL, name: 'Read' }
    }),
  )
  await user.click(form.getByRole('button', { name: 'Create goal' }))
  const content = { name: 'Read', target_type: 'active_days', time_period: 'weekly', target_value: 5, category_id: null, topic: 'loops' }
  await waitFor(() => expect(sent).toHaveBeenCalledWith(content, expect.stringMatching(/^[\w-]{36}$/)))
  expect(await screen.findByText('Read is saved.')).toBeVisible()
})

test('what the service refuses stands at its field', async () => {
  const { user } = renderPage(<GoalsPage />, { handlers: goals() })
  await user.click(await screen.findByRole('button', { name: 'Edit Practise every week' }))
  const form = within(await screen.findByRole('dialog', { name: 'Edit goal' }))
  const conditions = vi.fn()
  server.use(
    http.put('http://localhost:3000/api/goals/g', ({ request }) => {
      conditions(request.headers.get('If-Match'))
      return HttpResponse.json(
        {
          status: 422, code: 'invalid_body', detail: 'The body has invalid values.', request_id: 'r',
          errors: [{ pointer: '/category_id', code: 'unknown', message: 'is not one of your categories', values: {} }],
        },
        { status: 422, headers: { 'Content-Type': 'application/problem+json' } },
      )
    }),
  )
  await user.click(form.getByRole('button', { name: 'Save goal' }))
  expect(await form.findByText('There is no such thing, or no longer.')).toBeVisible()
  expect(conditions).toHaveBeenCalledWith('"e1"')
  server.use(refuses('put', '/api/goals/{goal_id}', 412, 'precondition_failed'))
  await user.click(form.getByRole('button', { name: 'Save goal' }))
  expect(await form.findByRole('alert')).toHaveTextContent('changed elsewhere')
})

test('archiving can be taken back, and is done when the page is left', async () => {
  const { user, unmount } = renderPage(<GoalsPage />, { handlers: goals() })
  const archived = vi.fn()
  server.use(
    answers('delete', '/api/goals/{goal_id}', ({ params }) => {
      archived(params['goal_id'])
      return { ...GOAL, archived: true }
    }),
  )
  await user.click(await screen.findByRole('button', { name: 'Archive Practise every week' }))
  expect(screen.queryByRole('heading', { name: 'Practise every week' })).toBeNull()
  await user.click(await screen.findByRole('button', { name: 'Undo' }))
  expect(screen.getByRole('heading', { name: 'Practise every week' })).toBeVisible()
  expect(archived).not.toHaveBeenCalled()
  await user.click(screen.getByRole('button', { name: 'Archive Practise every week' }))
  unmount()
  await waitFor(() => expect(archived).toHaveBeenCalledExactlyOnceWith('g'))
})

test('details show the periods with the targets they had', async () => {
  const { user } = renderPage(<GoalsPage />, { handlers: goals() })
  server.use(
    answers('get', '/api/goals/{goal_id}/progress', { ...PROGRESS, achieved_value: 103, percent_complete: 85.83 }),
    answers('get', '/api/goals/{goal_id}/history', {
      from: '2026-11-09', to: '2026-11-21', today: '2026-11-21', goal_id: 'g',
      periods: [
        PROGRESS,
        { ...PROGRESS, period: { start: '2026-11-09', end: '2026-11-15' }, target_value: 90, achieved_value: 95, percent_complete: 105.55, status: 'achieved' },
      ],
    }),
  )
  await user.click(await screen.findByRole('button', { name: 'Details of Practise every week' }))
  const rows = within(await screen.findByRole('region', { name: 'History of Practise every week' })).getAllByRole('row')
  expect(rows.map((row) => row.textContent)).toEqual([
    'PeriodReachedResult',
    expect.stringContaining('99 of 120On track'),
    expect.stringContaining('95 of 90Reached'),
  ])
  // The newer answer about the one goal takes the place of what the list said.
  expect(await screen.findByText('85.83%')).toBeVisible()
  expect(screen.getByText('103')).toBeVisible()
})

test('composite goals open to their parts and weights', async () => {
  renderPage(<GoalsPage />, { handlers: goals() })
  const card = within(await screen.findByRole('region', { name: 'Goals across spaces' }))
  expect(await card.findByText('counts 67%')).toBeVisible()
  expect(card.getByText('70% · 1 of 2')).toBeVisible()
  expect(card.getByRole('progressbar', { name: 'The exam' })).toHaveAttribute('aria-valuetext', '61.2%')
})

test('without goals the first step is offered, and archived ones are of the address', async () => {
  const { user, router } = renderPage(<GoalsPage />, { handlers: goals([]) })
  await user.click(await screen.findByRole('button', { name: 'Set a goal' }))
  expect(await screen.findByRole('dialog', { name: 'New goal' })).toBeVisible()
  await user.keyboard('{Escape}')
  await user.click(screen.getByRole('radio', { name: 'Archived' }))
  expect(await screen.findByText(/stay here with their history/)).toBeVisible()
  expect(router.state.location.search).toBe('?goals=archived')
})

test('goals that do not arrive can be asked for again', async () => {
  const { user } = renderPage(<GoalsPage />, { handlers: [refuses('get', '/api/goals', 500, 'internal'), ...goals().slice(1)] })
  const card = within(await screen.findByRole('region', { name: 'Your goals' }))
  expect(await card.findByRole('alert')).toHaveTextContent('Your goals did not arrive')
  server.use(...goals())
  await user.click(card.getByRole('button', { name: 'Try again' }))
  expect(await screen.findByRole('heading', { name: 'Practise every week' })).toBeVisible()
})

test.each([
  ['circular', 'Practise every week', '82.5%'],
  ['linear', '99 of 120 minutes', '21 to go by Sunday 22 November'],
] as const)('the %s progress has a name and its numbers', async (variant, name, text) => {
  renderPage(<GoalProgress progress={PROGRESS} variant={variant} />)
  expect(await screen.findByRole('progressbar', { name })).toHaveAttribute('aria-valuetext', text)
})

test('a share is a share, and nothing is said to be left of it', async () => {
  const share = { ...PROGRESS, target_type: 'percentage', target_value: 75, achieved_value: 56, percent_complete: 74.66 } as const
  renderPage(<GoalProgress progress={share} variant="linear" />)
  const bar = await screen.findByRole('progressbar', { name: '56% of the planned time, the goal is 75%' })
  expect(bar).toHaveAttribute('aria-valuetext', 'Until Sunday 22 November')
})

test('the detailed progress has every figure of the answer', async () => {
  renderPage(<GoalProgress progress={PROGRESS} variant="detailed" />)
  for (const figure of ['99', '120', '82.5%', /^16\W+22 November$/]) expect(await screen.findByText(figure)).toBeVisible()
})

test('amounts of a share carry its sign, and behind pace looks as in the bar', async () => {
  const share = { ...PROGRESS, target_type: 'percentage', target_value: 75, achieved_value: 56, status: 'behind' } as const
  const { container } = renderPage(<GoalProgress progress={share} variant="detailed" />)
  expect(await screen.findByText('56%')).toBeVisible()
  expect(screen.getByText('75%')).toBeVisible()
  expect(container.querySelector('circle[data-tone]')).toHaveAttribute('data-tone', 'now')
})

test('what is nearly reached is not rounded to reached', async () => {
  const nearly = { ...PROGRESS, target_value: 1000, achieved_value: 996, percent_complete: 99.67 }
  renderPage(<GoalProgress progress={nearly} variant="circular" />)
  expect(await screen.findByRole('progressbar')).toHaveAttribute('aria-valuetext', '99.67%')
})

test('goals speak German', async () => {
  renderPage(<GoalsPage />, { handlers: goals(), language: 'de' })
  expect(await screen.findByText('noch 21 bis Sonntag, 22. November')).toBeVisible()
})
