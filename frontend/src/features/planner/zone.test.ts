import { describe, expect, test } from 'vitest'

import { hoursOf, inLanes } from './calendar/hours'
import { dayMinutes, dayStart, instantsOf, wallAt } from './zone'

const at = (instant: string) => Date.parse(instant)

describe('days', () => {
  test.each([
    ['2026-10-24', 'Europe/Berlin', 1440],
    ['2026-10-25', 'Europe/Berlin', 1500],
    ['2026-03-29', 'Europe/Berlin', 1380],
    ['2026-04-05', 'Australia/Lord_Howe', 1470],
    ['2026-10-04', 'Australia/Lord_Howe', 1410],
    ['2011-12-30', 'Pacific/Apia', 0],
  ])('%s in %s lasts %i minutes', (day, zone, minutes) => {
    expect(dayMinutes(day, zone)).toBe(minutes)
  })

  test('a day without midnight begins at its first instant', () => {
    // Santiago sets its clock from 00:00 to 01:00.
    const start = dayStart('2026-09-06', 'America/Santiago')
    expect(wallAt(start, 'America/Santiago')).toEqual({ day: '2026-09-06', time: '01:00' })
    expect(wallAt(start - 60_000, 'America/Santiago').day).toBe('2026-09-05')
  })
})

describe('times of the clock', () => {
  test('a repeated time has two instants, in order', () => {
    expect(instantsOf({ day: '2026-10-25', time: '02:30' }, 'Europe/Berlin')).toEqual([
      at('2026-10-25T00:30:00Z'),
      at('2026-10-25T01:30:00Z'),
    ])
  })

  test('a skipped time has none', () => {
    expect(instantsOf({ day: '2026-03-29', time: '02:30' }, 'Europe/Berlin')).toEqual([])
  })

  test('any other has one, far from UTC too', () => {
    expect(instantsOf({ day: '2026-11-23', time: '00:15' }, 'Pacific/Kiritimati')).toEqual([at('2026-11-22T10:15:00Z')])
  })
})

describe('rows of hours', () => {
  const week = ['2026-10-24', '2026-10-25', '2026-10-26']

  test('an hour that comes twice has two rows, and other days are empty there', () => {
    const { rows, days } = hoursOf(week, 'Europe/Berlin')
    expect(rows).toHaveLength(25)
    expect(rows.slice(2, 5)).toEqual([
      { hour: 2, isSecond: false }, { hour: 2, isSecond: true }, { hour: 3, isSecond: false },
    ])
    expect(days.map(({ gaps }) => gaps)).toEqual([[[180, 240]], [], [[180, 240]]])
    const [, changed] = days
    expect(changed?.place(at('2026-10-25T00:30:00Z'))).toBe(150)
    expect(changed?.place(at('2026-10-25T01:30:00Z'))).toBe(210)
    expect(changed?.place(at('2026-10-25T02:00:00Z'))).toBe(240)
    // Nine in the morning stands at the same height on all days.
    expect(days[0]?.place(at('2026-10-24T07:00:00Z'))).toBe(600)
    expect(changed?.place(at('2026-10-25T08:00:00Z'))).toBe(600)
  })

  test('a day of 23 hours lacks the one that is skipped', () => {
    const alone = hoursOf(['2026-03-29'], 'Europe/Berlin')
    expect(alone.rows.map(({ hour }) => hour).slice(0, 4)).toEqual([0, 1, 3, 4])
    const both = hoursOf(['2026-03-28', '2026-03-29'], 'Europe/Berlin')
    expect(both.days.map(({ gaps }) => gaps)).toEqual([[], [[120, 180]]])
    expect(both.days[1]?.place(at('2026-03-29T01:00:00Z'))).toBe(180)
  })

  test('an instant that ends the day stands at the bottom', () => {
    const { days } = hoursOf(['2026-11-23'], 'Europe/Berlin')
    expect(days[0]?.place(at('2026-11-23T23:00:00Z'))).toBe(1440)
    expect(days[0]?.place(at('2026-11-24T05:00:00Z'))).toBe(1440)
    expect(days[0]?.place(at('2026-11-22T05:00:00Z'))).toBe(0)
  })
})

test('overlapping spans stand beside each other, the next alone again', () => {
  const lanes = inLanes([
    { of: 'a', from: 0, to: 60 }, { of: 'b', from: 30, to: 90 }, { of: 'c', from: 60, to: 70 }, { of: 'd', from: 120, to: 125 },
  ], 20)
  expect(lanes.map(({ of, lane, lanes: count, height }) => [of, lane, count, height])).toEqual([
    ['a', 0, 2, 60], ['b', 1, 2, 60], ['c', 0, 2, 20], ['d', 0, 1, 20],
  ])
})
