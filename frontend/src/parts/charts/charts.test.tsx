import { screen, within } from '@testing-library/react'
import { expect, test, vi } from 'vitest'

import { renderPart } from '@/testing/render'

import { DoughnutChart, LineChart } from './ChartFrame'

// There is no canvas here; journeys look at the drawing itself.
vi.mock('./ChartCanvas', () => ({ default: () => null }))

const series = [{ key: 'focus', label: 'Focus', values: [25, null] }]

test('a chart is an image with type, range and finding, and can be a table', async () => {
  const { user } = renderPart(
    <LineChart title="Minutes per day" range="20 to 21 November" finding="Friday carries the most." labels={['20 Nov', '21 Nov']} series={series} valueText={(value) => `${value} min`} />,
  )
  expect(await screen.findByRole('img', { name: 'Line chart, 20 to 21 November. Friday carries the most.' })).toBeInTheDocument()
  await user.click(screen.getByRole('button', { name: 'Show table' }))
  expect(screen.getByRole('region', { name: 'Minutes per day, table' })).toBeVisible()
  const table = screen.getByRole('table')
  expect(within(table).getByRole('row', { name: '20 Nov 25 min' })).toBeVisible()
  expect(within(table).getByRole('row', { name: '21 Nov –' })).toBeVisible()
})

test('a doughnut has its table always open', async () => {
  const slices = [{ key: 'a', label: 'Reading', value: 30, text: '30 min', shareText: '100 %', colour: 1 }] as const
  renderPart(<DoughnutChart title="Where the time went" range="November" finding="All of it is reading." slices={slices} total="30 min" totalNote="scheduled" />)
  expect(await screen.findByRole('row', { name: 'Reading 30 min 100 %' })).toBeVisible()
})
