import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'

import { renderPage } from '@/testing/render'

import { FormActions } from './FormActions'

test('the first button sends the form and the second only leaves it', async () => {
  const done: string[] = []
  renderPage(
    <form
      onSubmit={(event) => {
        event.preventDefault()
        done.push('sent')
      }}
    >
      <FormActions submit="Create" isPending={false} onCancel={() => done.push('left')} />
    </form>
  )
  await userEvent.click(screen.getByRole('button', { name: 'Create' }))
  await userEvent.click(screen.getByRole('button', { name: 'Cancel' }))
  expect(done).toEqual(['sent', 'left'])
})

test('while the form is being sent it cannot be sent again', () => {
  renderPage(<FormActions submit="Create" isPending onCancel={() => undefined} />)
  expect(screen.getByRole('button', { name: 'Create' })).toBeDisabled()
})
