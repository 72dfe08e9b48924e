import { notifications } from '@mantine/notifications'
import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'

import type { Task } from '../api/tasks'
import { CHAPTER, media, planner, sent, STUDY } from '../plannerAnswers'
import { PlannerPage } from '../PlannerPage'

beforeEach(() => {
  media(true)
})
// Toasts outlive the page that showed them.
afterEach(() => notifications.clean())

test('a task is created with a time on the learner’s clock, and faults stand at their fields', async () => {
  const { user } = renderPage(<PlannerPage />, { handlers: planner() })
  const calls = sent('post', '/api/tasks', CHAPTER)
  await user.click(await screen.findByRole('button', { name: 'New task on Tuesday 24 November' }))
  const form = await screen.findByRole('dialog', { name: 'New task' })
  await user.click(within(form).getByRole('button', { name: 'Create task' }))
  expect(within(form).getByLabelText(/^Title/)).toHaveAccessibleDescription(/A task needs a title\./)
  await user.type(within(form).getByLabelText(/^Title/), 'Read on')
  await user.selectOptions(within(form).getByLabelText('Category'), 'Study')
  await user.click(within(form).getByRole('button', { name: 'Add a time' }))
  const ends = within(form).getByLabelText('Ends at')
  await user.clear(ends)
  await user.type(ends, '16:30')
  await user.click(within(form).getByRole('button', { name: 'Create task' }))
  expect(within(form).getByRole('alert')).toHaveTextContent('It must end after it begins.')
  expect(calls).toHaveLength(0)
  await user.clear(ends)
  await user.type(ends, '18:15')
  await user.click(within(form).getByRole('button', { name: 'Create task' }))
  await waitFor(() => expect(calls).toHaveLength(1))
  expect(calls[0]?.body).toEqual({
    title: 'Read on', category_id: STUDY.category_id, due_day: '2026-11-24', status: 'pending',
    scheduled_slots: [{ starts_at: '2026-11-24T16:00:00Z', ends_at: '2026-11-24T17:15:00Z' }],
  })
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
})

test('what the service refuses stands at its field', async () => {
  const { user } = renderPage(<PlannerPage />, { handlers: planner() })
  const problem = { status: 422, code: 'invalid_body', detail: 'x', errors: [{ pointer: '/due_day', code: 'wrong_form', message: 'must be a date', values: {} }] }
  server.use(http.post('http://localhost:3000/api/tasks', () => HttpResponse.json(problem, { status: 422 })))
  await user.click(await screen.findByRole('button', { name: 'New task' }))
  const form = await screen.findByRole('dialog')
  await user.type(within(form).getByLabelText(/^Title/), 'x')
  await user.click(within(form).getByRole('button', { name: 'Create task' }))
  await waitFor(() => expect(within(form).getByLabelText('Due day')).toHaveAccessibleDescription(/not written as it should be/))
})

test('a change is sent for the state that was read', async () => {
  const { user } = renderPage(<PlannerPage />, { handlers: planner() })
  const calls = sent('patch', `/api/tasks/${CHAPTER.task_id}`, CHAPTER)
  await user.click(await screen.findByRole('button', { name: 'Chapter 3' }))
  const title = await screen.findByLabelText(/^Title/)
  await user.clear(title)
  await user.type(title, 'Chapter 4')
  await user.click(screen.getByRole('button', { name: 'Save' }))
  await waitFor(() => expect(calls).toHaveLength(1))
  expect(calls[0]).toMatchObject({ ifMatch: '"t1"', body: { title: 'Chapter 4', scheduled_slots: CHAPTER.scheduled_slots } })
})

test('a task is completed from the list, by keyboard', async () => {
  const { user } = renderPage(<PlannerPage />, { handlers: planner() })
  const calls = sent('post', `/api/tasks/${CHAPTER.task_id}/complete`, {})
  const box = await screen.findByRole('checkbox', { name: 'Completed: Chapter 3' })
  box.focus()
  await user.keyboard(' ')
  await waitFor(() => expect(calls).toHaveLength(1))
})

test('a completed task is opened again', async () => {
  const done: Task = { ...CHAPTER, status: 'completed', completed_at: '2026-11-23T18:00:00Z' }
  const { user } = renderPage(<PlannerPage />, { handlers: planner({ planned: [], tasks: [done] }), route: '/?tasks=completed' })
  const calls = sent('delete', `/api/tasks/${CHAPTER.task_id}/complete`, done)
  await user.click(await screen.findByRole('checkbox', { name: 'Completed: Chapter 3' }))
  await waitFor(() => expect(calls).toHaveLength(1))
})

test('a deleted task is hidden and comes back by undo, without a call', async () => {
  const { user } = renderPage(<PlannerPage />, { handlers: planner() })
  const calls = sent('delete', `/api/tasks/${CHAPTER.task_id}`, { task_id: CHAPTER.task_id, deleted: true })
  await user.click(await screen.findByRole('button', { name: 'Chapter 3' }))
  await user.click(await screen.findByRole('button', { name: 'Delete' }))
  await waitFor(() => expect(screen.queryByRole('checkbox', { name: 'Completed: Chapter 3' })).toBeNull())
  expect(screen.queryByRole('button', { name: /^Chapter 3 , 17/ })).toBeNull()
  const undo = await screen.findByRole('button', { name: 'Undo' })
  expect(undo).toHaveFocus()
  await user.keyboard('{Enter}')
  expect(await screen.findByRole('checkbox', { name: 'Completed: Chapter 3' })).toBeVisible()
  expect(screen.getByRole('heading', { level: 1 })).toHaveFocus()
  expect(calls).toHaveLength(0)
})

test('closing the toast deletes the task', async () => {
  const { user } = renderPage(<PlannerPage />, { handlers: planner() })
  const calls = sent('delete', `/api/tasks/${CHAPTER.task_id}`, { task_id: CHAPTER.task_id, deleted: true })
  await user.click(await screen.findByRole('button', { name: 'Chapter 3' }))
  await user.click(await screen.findByRole('button', { name: 'Delete' }))
  await screen.findByRole('button', { name: 'Undo' })
  await user.click(screen.getByRole('button', { name: 'Close' }))
  await waitFor(() => expect(calls).toHaveLength(1))
})

test('leaving the page deletes the task', async () => {
  const { user, unmount } = renderPage(<PlannerPage />, { handlers: planner() })
  const calls = sent('delete', `/api/tasks/${CHAPTER.task_id}`, { task_id: CHAPTER.task_id, deleted: true })
  await user.click(await screen.findByRole('button', { name: 'Chapter 3' }))
  await user.click(await screen.findByRole('button', { name: 'Delete' }))
  await screen.findByRole('button', { name: 'Undo' })
  unmount()
  await waitFor(() => expect(calls).toHaveLength(1))
})
