import { screen } from '@testing-library/react'
import { useState } from 'react'
import { describe, expect, test } from 'vitest'

import { renderPart } from '@/testing/render'

import { HourGrid } from './HourGrid'
import { dayAfterKey, MonthCalendar, weeksOf, type CalendarDay } from './MonthCalendar'
import { stepOf, YearHeatmap } from './YearHeatmap'

const DAYS: readonly CalendarDay[] = [
  { day: '2026-11-11', state: 'frozen', reason: 'Covered by a freeze.' },
  { day: '2026-11-20', state: 'met', reason: 'Four exercises.' },
  { day: '2026-11-21', state: 'open', reason: 'Nothing yet.' },
]

function Month() {
  const [month, setMonth] = useState('2026-11')
  return <MonthCalendar month={month} days={DAYS} today="2026-11-21" weekStart="monday" onMonth={setMonth} lastMonth="2026-11" />
}

describe('month', () => {
  test('is a grid named by its month; a day says its state and its reason', async () => {
    renderPart(<Month />)
    expect(await screen.findByRole('grid', { name: 'November 2026' })).toBeInTheDocument()
    expect(screen.getByRole('button', { name: 'Wednesday 11 November, Freeze. Covered by a freeze.' })).toBeInTheDocument()
    expect(screen.getByRole('button', { name: /21 November/ })).toHaveAttribute('aria-current', 'date')
  })

  test('has one tab stop, which the keys move, also into another month', async () => {
    const { user } = renderPart(<Month />)
    const today = await screen.findByRole('button', { name: /21 November/ })
    today.focus()
    await user.keyboard('{ArrowLeft}')
    expect(screen.getByRole('button', { name: /20 November/ })).toHaveFocus()
    expect(screen.getByText(/Four exercises/)).toBeVisible()
    await user.keyboard('{PageUp}')
    expect(screen.getByRole('grid', { name: 'October 2026' })).toBeInTheDocument()
    expect(screen.getByRole('button', { name: /20 October/ })).toHaveFocus()
    expect(document.querySelectorAll('[data-day][tabindex="0"]')).toHaveLength(1)
  })

  test.each([
    ['Home', '2026-11-16'], ['End', '2026-11-22'], ['ArrowUp', '2026-11-14'], ['ArrowDown', '2026-11-28'],
    ['PageDown', '2026-12-21'], ['x', null],
  ])('%s leads from 21 November to %s', (key, day) => {
    expect(dayAfterKey(key, '2026-11-21', 'monday')).toBe(day)
  })

  test('a month later than the 31st is the last day of a shorter month', () => {
    expect(dayAfterKey('PageDown', '2026-01-31', 'monday')).toBe('2026-02-28')
  })

  test.each([['monday', 6], ['sunday', 5], ['saturday', 5]] as const)('weeks that begin on %s', (start, weeks) => {
    expect(weeksOf('2026-11', start)).toHaveLength(weeks)
  })
})

test('the year says each day and shades by quarters of the largest', async () => {
  renderPart(<YearHeatmap title="Minutes" weekStart="monday" days={[{ day: '2026-11-20', value: 5, label: '20 November: 5 min' }, { day: '2026-11-21', value: 20, label: '21 November: 20 min' }]} />)
  expect(await screen.findByRole('button', { name: '20 November: 5 min' })).toHaveAttribute('data-step', '1')
  expect([0, 1, 10, 20].map((value) => stepOf(value, 20))).toEqual([0, 1, 2, 4])
})

test('the hour grid reads as a table', async () => {
  renderPart(<HourGrid title="When" weekStart="monday" cells={[{ weekday: 1, hour: 19, value: 3, text: '3 exercises' }]} />)
  expect(await screen.findByText('Tuesday, 19:00: 3 exercises')).toBeInTheDocument()
})
