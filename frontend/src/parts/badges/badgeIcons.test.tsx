import { readFileSync } from 'node:fs'

import { screen, waitFor } from '@testing-library/react'
import { expect, test } from 'vitest'

import { renderPart } from '@/testing/render'

import { BADGE_ICONS } from './badgeIcons'
import { TierBadge } from './TierBadge'

test('every icon that the catalogue names can be drawn', () => {
  const catalogue = readFileSync('../config/achievements.toml', 'utf8')
  const names = [...catalogue.matchAll(/^icon = "([^"]+)"/gm)].map(([, name = '']) => name)
  expect(names.length).toBeGreaterThan(50)
  expect(names.filter((name) => !(name in BADGE_ICONS))).toEqual([])
})

test('a badge shows its own icon as soon as icons are there', async () => {
  renderPart(<TierBadge tier="gold" icon="sunrise" />)
  const badge = await screen.findByRole('img', { name: 'Gold badge' })
  await waitFor(() => expect(badge.querySelector('.lucide-sunrise')).not.toBeNull())
})
