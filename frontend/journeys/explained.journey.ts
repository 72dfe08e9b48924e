// Every figure follows from the numbers that its "why" shows: read off the page, and computed again here.
import type { Locator, Page } from '@playwright/test'

import { settled } from './axe'
import { tokenFor } from './caller'
import { expect, signedIn, test } from './service'

/** The numbers behind a figure by their labels, as the page says them. */
async function whyOf(page: Page, within: Locator, figure: string | RegExp): Promise<ReadonlyMap<string, string>> {
  const name = typeof figure === 'string' ? `Why ${figure}` : new RegExp(`^Why ${figure.source}`)
  await within.getByRole('button', { name, exact: true }).first().click()
  const panel = page.getByRole('dialog', { name: /^Why / })
  await expect(panel).toBeVisible()
  const [labels, values] = await Promise.all([panel.getByRole('term').allTextContents(), panel.getByRole('definition').allTextContents()])
  await page.keyboard.press('Escape')
  await expect(panel).toBeHidden()
  return new Map(labels.map((label, place) => [label, values[place] ?? '']))
}

/** A number in a text: `1,234.5`, `84%`, `21 of 25` is 21. */
function numberIn(text: string | undefined): number {
  return Number(/-?[\d,]+(\.\d+)?/.exec(text ?? '')?.[0].replaceAll(',', '') ?? Number.NaN)
}

/** Minutes in a text: `1 hr 30 min`. */
function minutesIn(text: string | undefined): number {
  const [, hours = '0'] = /([\d,]+) hr/.exec(text ?? '') ?? []
  const [, minutes = '0'] = /(\d+) min/.exec(text ?? '') ?? []
  return Number(hours.replaceAll(',', '')) * 60 + Number(minutes)
}

function sum(values: Iterable<string>, read: (text: string) => number): number {
  return [...values].reduce((total, value) => total + read(value), 0)
}

function card(page: Page, name: string): Locator {
  return page.getByRole('region', { name, exact: true })
}

async function figure(within: Locator, name: RegExp): Promise<string> {
  return within.getByRole('term').filter({ hasText: name }).locator('xpath=following-sibling::dd[1]').innerText()
}

async function percentOf(within: Locator, name: string): Promise<number> {
  return Number(await within.getByRole('progressbar', { name }).getAttribute('aria-valuenow'))
}

test('Home: the run, the goals and the next badge', async ({ page, context }) => {
  await signedIn(context, tokenFor('ada'))
  await page.goto('/')
  await settled(page)
  const streak = card(page, 'Streak')
  const run = numberIn(await streak.getByText(/days? in a row/).first().locator('..').innerText())
  expect(numberIn((await whyOf(page, streak, 'Streak')).get('Days of practice in this run'))).toBe(run)

  const goals = card(page, 'Goals')
  const buttons = await goals.getByRole('button', { name: /^Why / }).evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? ''))
  expect(buttons.length).toBeGreaterThan(0)
  for (const button of buttons) {
    const name = button.replace('Why ', '')
    const why = await whyOf(page, goals, name)
    const [reached, target] = [why.get('Reached') ?? '', why.get('Target') ?? '']
    const read = /hr|min/.test(target) ? minutesIn : numberIn
    // A share is said in whole percent, rounded down.
    const rest = target.endsWith('%') ? 100 / read(target) : 0.01
    const percent = numberIn(why.get('Of the target'))
    expect(await percentOf(goals, name), name).toBe(Math.min(100, percent))
    expect(percent, name).toBeGreaterThanOrEqual((read(reached) / read(target)) * 100 - 0.01)
    expect(percent, name).toBeLessThanOrEqual((read(reached) / read(target)) * 100 + rest)
  }

  const badge = card(page, 'Next badge')
  const why = await whyOf(page, badge, await badge.getByRole('heading', { level: 3 }).innerText())
  expect(await percentOf(badge, 'Progress')).toBeCloseTo((numberIn(why.get('Reached')) / numberIn(why.get('Needed'))) * 100, 0)
})

test('Activity: totals are the sums of their parts', async ({ page, context }) => {
  await signedIn(context, tokenFor('ada'))
  await page.goto('/activity')
  await settled(page)
  const main = page.locator('main')

  const exercises = await whyOf(page, main, 'Exercises')
  expect(sum(exercises.values(), numberIn)).toBe(numberIn(await figure(main, /^Exercises/)))

  const grades = [...(await whyOf(page, main, 'Average grade')).values()].map((text) => /^([\d.]+) over (\d+)/.exec(text) ?? ['', '0', '0'])
  const [total, count] = grades.reduce(([all, many], [, grade, graded]) => [all + Number(grade) * Number(graded), many + Number(graded)], [0, 0])
  expect(numberIn(await figure(main, /^Average grade/))).toBeCloseTo(total / count, 1)

  const time = await whyOf(page, main, 'Time spent')
  const minutes = minutesIn(await card(page, 'Time spent').locator('strong').first().innerText())
  // Each part is rounded down to whole minutes.
  const parts = sum(time.values(), minutesIn)
  expect(parts).toBeLessThanOrEqual(minutes)
  expect(parts).toBeGreaterThan(minutes - time.size)

  const points = await whyOf(page, main, 'Points')
  expect(sum(points.values(), numberIn)).toBe(numberIn(await card(page, 'Points').locator('strong').first().innerText()))

  const perDay = await whyOf(page, main, 'Activities per active day')
  const [all = Number.NaN, days = Number.NaN] = [...perDay.values()].map(numberIn)
  expect(numberIn(await figure(main, /^Activities per active day/))).toBeCloseTo(all / days, 1)

  const shares = [...(await whyOf(page, main, 'Balance')).values()].map((text) => numberIn(text) / 100)
  const entropy = shares.filter((share) => share > 0).reduce((so, share) => so - share * Math.log(share), 0)
  const balance = numberIn(await card(page, 'Balance').locator('strong').first().innerText())
  expect(Math.abs(balance - (entropy / Math.log(shares.length)) * 100)).toBeLessThan(0.5)
})

test('Analytics: figures, rates and the doughnut', async ({ page, context }) => {
  await signedIn(context, tokenFor('ada'))
  await page.goto('/analytics?period=monthly')
  await settled(page)
  const figures = card(page, 'These days')
  const scheduled = minutesIn(await figure(figures, /^Scheduled/))

  const byCategory = [...(await whyOf(page, figures, 'Scheduled')).entries()].filter(([label]) => !label.startsWith('Before'))
  expect(sum(byCategory.map(([, value]) => value), minutesIn)).toBe(scheduled)
  const rows = await card(page, 'Where the time went').getByRole('row').allInnerTexts()
  expect(sum(rows, minutesIn)).toBe(scheduled)

  const focus = await whyOf(page, figures, 'Focus')
  expect(minutesIn(focus.get('Scheduled inside focus slots'))).toBe(minutesIn(await figure(figures, /^Focus\b(?! u)/)))

  const used = await whyOf(page, figures, 'Focus utilisation')
  const share = (minutesIn(used.get('Scheduled inside focus slots')) / minutesIn(used.get('Minutes of focus slots'))) * 100
  expect(Math.abs(numberIn(await figure(figures, /^Focus utilisation/)) - share)).toBeLessThanOrEqual(0.51)

  const rates = card(page, 'Completed tasks per day')
  const due = await whyOf(page, rates, 'Completion rate')
  const [done = Number.NaN, all = Number.NaN] = [...due.values()].map(numberIn)
  expect(await percentOf(rates, 'Completion rate')).toBeCloseTo((done / all) * 100, 0)
})

test('Skills: the whole is its parts by their weights', async ({ page, context }) => {
  await signedIn(context, tokenFor('ada'))
  await page.goto('/skills')
  await settled(page)
  const lists = page.getByRole('list', { name: /^Parts of / })
  await expect(lists.first()).toBeVisible()
  for (const list of await lists.all()) {
    const topic = ((await list.getAttribute('aria-label')) ?? '').replace('Parts of ', '')
    const parts = await list.getByRole('listitem').all()
    let whole = 0
    for (const part of parts) {
      const percent = Number(await part.getByRole('progressbar').getAttribute('aria-valuenow'))
      const weight = numberIn(/([\d.]+)%[^%]*$/.exec((await part.getByText(/^counts /).innerText()).trim())?.[1])
      whole += (percent * weight) / 100
    }
    const why = await whyOf(page, card(page, topic), `Expected in ${topic}`)
    const sentence = await card(page, topic).getByText(/on average in|solved; others/).innerText()
    for (const label of ['Their average', 'Others in the same exercises', 'Expected in typical exercises']) {
      expect(sentence.match(/\d+/g)?.map(Number), `${topic}: ${label}`).toContain(Math.round(numberIn(why.get(label))))
    }
    const ring = page.getByRole('progressbar', { name: new RegExp(`\\b${topic}\\b`) }).first()
    expect(Math.abs(Number(await ring.getAttribute('aria-valuenow')) - whole), topic).toBeLessThan(0.5)
  }
})
