import { screen, waitFor, within } from '@testing-library/react'
import { expect, test } from 'vitest'

import { renderPage } from '@/testing/render'
import { answers, refuses } from '@/testing/server'

import { AdminGroups } from './AdminGroups'

const GROUP = { group_id: 'e78cec74-8003-4d13-a740-ed48a2c1ce37', name: 'Evening class', members: 8, created_at: '2026-11-23T20:00:22Z' }
const list = answers('get', '/api/admin/groups', { groups: [GROUP], next: null })

test('without a group, the first one is the next step', async () => {
  const { user } = renderPage(<AdminGroups />, {
    handlers: [answers('get', '/api/admin/groups', { groups: [], next: null }), refuses('post', '/api/admin/groups', 503, 'intake_busy')],
    role: 'admin',
  })
  expect(await screen.findByText(/a class, a team/)).toBeVisible()
  await user.click(screen.getAllByRole('button', { name: 'New group' })[1] ?? document.body)
  const form = await screen.findByRole('dialog', { name: 'New group' })
  await user.click(within(form).getByRole('button', { name: 'Save' }))
  expect(within(form).getByText('Fill this in.')).toBeVisible()
  await user.type(within(form).getByLabelText(/^Name/), 'Team{Enter}')
  expect(await within(form).findByText('Many activities are waiting to be written. Try again in a moment.')).toBeVisible()
})

test('a group is renamed', async () => {
  const sent: unknown[] = []
  const { user } = renderPage(<AdminGroups />, {
    handlers: [
      list,
      answers('put', '/api/admin/groups/{group_id}', async ({ request }) => {
        sent.push(await request.json())
        return { ...GROUP, name: 'Morning class' }
      }),
    ],
    role: 'admin',
  })
  await user.click(await screen.findByRole('button', { name: 'Rename Evening class' }))
  const field = await screen.findByLabelText(/^Name/)
  expect(field).toHaveValue('Evening class')
  await user.clear(field)
  await user.type(field, ' Morning class {Enter}')
  await waitFor(() => expect(sent).toEqual([{ name: 'Morning class' }]))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
})

test('a group is deleted only after asking', async () => {
  const deleted: unknown[] = []
  const { user } = renderPage(<AdminGroups />, {
    handlers: [
      list,
      answers('delete', '/api/admin/groups/{group_id}', ({ params }) => {
        deleted.push(params['group_id'])
        return { group_id: GROUP.group_id, deleted: true }
      }),
    ],
    role: 'admin',
  })
  await user.click(await screen.findByRole('button', { name: 'Delete Evening class' }))
  const dialog = await screen.findByRole('dialog', { name: 'Delete Evening class' })
  expect(dialog).toHaveTextContent('8 learners are in it')
  expect(deleted).toEqual([])
  await user.click(within(dialog).getByRole('button', { name: 'Delete' }))
  await waitFor(() => expect(deleted).toEqual([GROUP.group_id]))
})

test('learners are put into a group, one a line or with commas', async () => {
  const sent: unknown[] = []
  const { user } = renderPage(<AdminGroups />, {
    handlers: [
      list,
      answers('get', '/api/admin/groups/{group_id}/members', { members: [], next: null }),
      answers('post', '/api/admin/groups/{group_id}/members', async ({ request }) => {
        sent.push(await request.json())
        return { group_id: GROUP.group_id, added_learner_ids: ['cb92cea2-1456-5427-b35c-f3bd19f4e426'] }
      }),
    ],
    role: 'admin',
  })
  await user.click(await screen.findByRole('button', { name: 'Members of Evening class' }))
  await user.type(await screen.findByLabelText(/^Add learners/), 'ada, ben{Enter}chiyo')
  await user.click(screen.getByRole('button', { name: 'Add' }))
  expect(await screen.findByText('One learner was added.')).toBeVisible()
  expect(sent).toEqual([{ learner_ids: ['ada', 'ben', 'chiyo'] }])
})

test('a learner is taken out of a group, and the row goes', async () => {
  let members = [{ learner_id: 'cb92cea2-1456-5427-b35c-f3bd19f4e426', added_at: '2026-11-23T20:00:22Z' }]
  const { user } = renderPage(<AdminGroups />, {
    handlers: [
      list,
      answers('get', '/api/admin/groups/{group_id}/members', () => ({ members, next: null })),
      answers('delete', '/api/admin/groups/{group_id}/members/{learner_id}', ({ params }) => {
        members = members.filter(({ learner_id: id }) => id !== params['learner_id'])
        return { group_id: GROUP.group_id, learner_id: String(params['learner_id']), removed: true }
      }),
    ],
    role: 'admin',
  })
  await user.click(await screen.findByRole('button', { name: 'Members of Evening class' }))
  await user.click(await screen.findByRole('button', { name: 'Take out cb92cea2' }))
  expect(await screen.findByText('The learner is no longer in the group.')).toBeVisible()
  expect(await screen.findByText('Nobody is in the group yet. Add learners above.')).toBeVisible()
})
