import { screen, within } from '@testing-library/react'
import { Check } from 'lucide-react'
import { expect, test, vi } from 'vitest'

import { renderPart } from '@/testing/render'

import { Bar } from './Bar'
import { Chip } from '@/parts/Chip'
import { DetailedProgress } from './DetailedProgress'
import { LevelTrack } from './LevelTrack'
import { Ring } from './Ring'
import { TierBadge } from '@/parts/badges/TierBadge'
import { UnlockNotice } from '@/parts/UnlockNotice'
import { Why } from '@/parts/Why'

test('a ring says its numbers and is never more than full', async () => {
  renderPart(<Ring percent={140} label="Practice today" text="35 min" note="of 25" />)
  const ring = await screen.findByRole('progressbar', { name: 'Practice today' })
  expect(ring).toHaveAttribute('aria-valuenow', '100')
  expect(ring).toHaveAttribute('aria-valuetext', '35 min')
})

test('a bar says its numbers', async () => {
  renderPart(<Bar label="Deep practice" percent={86.7} text="260 of 300 min" />)
  expect(await screen.findByRole('progressbar', { name: 'Deep practice' })).toHaveAttribute('aria-valuetext', '260 of 300 min')
  expect(screen.getByText('260 of 300 min')).toBeVisible()
})

test('detailed progress shows its components with their weights', async () => {
  const components = [
    { key: 'a', label: 'Practice', percent: 50, text: '5 of 10', weightPercent: 60 },
    { key: 'b', label: 'Reading', percent: 100, text: '3 of 3', weightPercent: 40 },
  ]
  renderPart(<DetailedProgress label="Term" percent={70} components={components} />)
  const list = await screen.findByRole('list', { name: 'Term' })
  expect(within(list).getAllByRole('progressbar')).toHaveLength(2)
  expect(within(list).getByText('counts 60%')).toBeVisible()
})

test('a level track names the level', async () => {
  renderPart(<LevelTrack levels={['beginner', 'intermediate', 'advanced', 'expert']} held={1} percentToNext={80} />)
  expect(await screen.findByRole('img', { name: 'Level 2 of 4: intermediate' })).toBeInTheDocument()
})

test.each([
  ['earned', 'Gold badge'],
  ['locked', 'Gold badge, not earned yet'],
  ['secret', 'Secret badge'],
] as const)('a badge that is %s says so', async (state, name) => {
  renderPart(<TierBadge tier="gold" state={state} />)
  expect(await screen.findByRole('img', { name })).toBeInTheDocument()
})

test('a chip carries its word', async () => {
  renderPart(<Chip Icon={Check}>On track</Chip>)
  expect(await screen.findByText('On track')).toBeVisible()
})

test('several unlocks are one notice, which stays until it is closed', async () => {
  const onClose = vi.fn()
  const unlock = { description: 'Five topics', tier: 'bronze', icon: 'tree', points: 20 } as const
  const unlocks = [{ ...unlock, code: 'a', title: 'Wide Roots' }, { ...unlock, code: 'b', title: 'First Marker' }]
  const { user } = renderPart(<UnlockNotice unlocks={unlocks} onClose={onClose} />)
  expect((await screen.findByText('2 achievements earned')).closest('[role=status]')).not.toBeNull()
  await user.click(screen.getByRole('button', { name: 'Close this notice' }))
  expect(onClose).toHaveBeenCalledOnce()
})

test('why opens the numbers of a figure', async () => {
  const { user } = renderPart(<Why figure="64" rows={[{ label: 'Today', value: '4' }]} />)
  await user.click(await screen.findByRole('button', { name: 'Why 64' }))
  expect(await screen.findByText('Today')).toBeVisible()
})
