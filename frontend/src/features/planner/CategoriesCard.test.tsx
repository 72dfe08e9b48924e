import { notifications } from '@mantine/notifications'
import { screen, waitFor } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'

import { renderPage } from '@/testing/render'

import { CategoriesCard } from './CategoriesCard'
import { planner, READING, sent, STUDY } from './plannerAnswers'

// Toasts outlive the page that showed them.
afterEach(() => notifications.clean())

test('deleting a category says where its tasks go', async () => {
  const { user } = renderPage(<CategoriesCard />, { handlers: planner() })
  const calls = sent('delete', `/api/categories/${READING.category_id}`, { category_id: READING.category_id, deleted: true, moved_to: STUDY.category_id, moved_tasks_count: 3, archived_goal_ids: ['a'] })
  await user.click(await screen.findByRole('button', { name: 'Edit Reading' }))
  await user.selectOptions(await screen.findByLabelText('Move its tasks to'), 'Study')
  await user.click(screen.getByRole('button', { name: 'Delete Reading' }))
  expect(await screen.findByText('Reading deleted. 3 tasks moved, 1 goal archived.')).toBeVisible()
  expect(calls[0]?.url).toContain(`move_to=${STUDY.category_id}`)
})

test('a new category has the first free colour, and its name is asked for', async () => {
  const { user } = renderPage(<CategoriesCard />, { handlers: planner() })
  const calls = sent('post', '/api/categories', READING)
  await user.click(await screen.findByRole('button', { name: 'Add' }))
  await user.click(await screen.findByRole('button', { name: 'Create category' }))
  expect(screen.getByLabelText(/^Name/)).toHaveAccessibleDescription(/A category needs a name\./)
  await user.type(screen.getByLabelText(/^Name/), 'Latin')
  await user.click(screen.getByRole('button', { name: 'Create category' }))
  await waitFor(() => expect(calls[0]?.body).toEqual({ name: 'Latin', color: 'petrol' }))
})
