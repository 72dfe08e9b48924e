import { screen, within } from '@testing-library/react'
import { expect, test, vi } from 'vitest'

import { renderPart } from '@/testing/render'

import { ConfirmDialog } from '@/parts/ConfirmDialog'
import { RecordTable } from './RecordTable'

test('a table has its name, its columns and a cell for each', async () => {
  renderPart(
    <RecordTable
      label="Groups"
      rows={[{ name: 'Evening class', members: 8 }]}
      rowKey={({ name }) => name}
      columns={[
        { label: 'Name', cell: ({ name }) => name },
        { label: 'Members', isFigure: true, cell: ({ members }) => members },
      ]}
    />,
  )
  const table = await screen.findByRole('table', { name: 'Groups' })
  expect(within(table).getAllByRole('columnheader').map(({ textContent }) => textContent)).toEqual(['Name', 'Members'])
  expect(within(table).getByRole('cell', { name: '8' })).toBeVisible()
})

test('a dangerous step waits for the typed name', async () => {
  const confirm = vi.fn()
  const { user } = renderPart(
    <ConfirmDialog title="Erase Ada" action="Erase" typed="Ada" isDanger onConfirm={confirm} onClose={vi.fn()}>
      <p>For good.</p>
    </ConfirmDialog>,
  )
  const field = await screen.findByLabelText('Type “Ada” to confirm')
  const button = screen.getByRole('button', { name: 'Erase' })
  await user.type(field, 'Bruno{Enter}')
  expect(button).toBeDisabled()
  expect(confirm).not.toHaveBeenCalled()
  await user.clear(field)
  await user.type(field, 'Ada{Enter}')
  expect(confirm).toHaveBeenCalledOnce()
})

test('a dialog says why it did not go well', async () => {
  renderPart(
    <ConfirmDialog title="Erase Ada" action="Erase" error="The service is away." onConfirm={vi.fn()} onClose={vi.fn()}>
      <p>For good.</p>
    </ConfirmDialog>,
  )
  expect(await screen.findByRole('alert')).toHaveTextContent('The service is away.')
})
