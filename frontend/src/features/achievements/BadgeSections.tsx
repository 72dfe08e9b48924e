import { Button, NativeSelect } from '@mantine/core'
import { Medal } from 'lucide-react'
import { Link } from 'react-router'

import { Card } from '@/parts/cards/Card'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { useWords } from '@/words/words'

import type { Achievement, Achievements } from './api/achievements'
import { BadgeTile } from './BadgeTile'
import styles from './achievements.module.css'
import { TIERS, type useAchievementFilters } from './useAchievementFilters'

/** How many of a section stand beside the other one. */
const FIRST = 12

type Filters = ReturnType<typeof useAchievementFilters>

interface Props {
  readonly answer: Achievements
  readonly filters: Filters
}

/** The badges that are earned, the newest first, and those still to earn, the nearest first. */
export function BadgeSections({ answer, filters }: Props) {
  const fitting = answer.achievements.filter(filters.fits)
  const earned = fitting
    .filter(({ unlocked }) => unlocked)
    .sort((a, b) => (b.unlocked_at ?? '').localeCompare(a.unlocked_at ?? ''))
  const open = fitting.filter(({ unlocked }) => !unlocked).sort((a, b) => nearness(b) - nearness(a))
  return (
    <>
      <Filter answer={answer} filters={filters} />
      {filters.shown !== 'open' && (
        <Section kind="earned" badges={earned} filters={filters} />
      )}
      {filters.shown !== 'earned' && (
        <Section kind="open" badges={open} filters={filters} />
      )}
    </>
  )
}

/** Secrets say nothing of their progress, so they come last. */
function nearness({ progress }: Achievement): number {
  return progress?.percent ?? -1
}

function Filter({ answer, filters }: Props) {
  const { t, said } = useWords()
  const categories = [...new Set(answer.achievements.map(({ category }) => category))]
  const named = categories
    .map((value) => ({ value, label: said('achievements', { code: `category.${value}`, values: {}, text: value }) }))
    .sort((a, b) => a.label.localeCompare(b.label))
  return (
    <div className={styles['filters']} role="group" aria-label={t('achievements.filters')}>
      <NativeSelect
        label={t('achievements.category')}
        value={filters.category ?? ''}
        onChange={(event) => filters.set('category', event.currentTarget.value)}
        data={[{ value: '', label: t('achievements.category.all') }, ...named]}
      />
      <NativeSelect
        label={t('achievements.tier')}
        value={filters.tier ?? ''}
        onChange={(event) => filters.set('tier', event.currentTarget.value)}
        data={[
          { value: '', label: t('achievements.tier.all') },
          ...TIERS.map((value) => ({ value, label: t(`parts.tier.${value}`) })),
        ]}
      />
    </div>
  )
}

interface SectionProps {
  readonly kind: 'earned' | 'open'
  readonly badges: readonly Achievement[]
  readonly filters: Filters
}

function Section({ kind, badges, filters }: SectionProps) {
  const { t } = useWords()
  const isFiltered = filters.tier !== null || filters.category !== null
  const shown = filters.shown === 'all' ? badges.slice(0, FIRST) : badges
  return (
    <Card title={t(`achievements.${kind}`)} aside={<span className="note">{t('achievements.count', { count: badges.length })}</span>}>
      {badges.length > 0 ? (
        <ul className={styles['grid']}>
          {shown.map((badge) => (
            <BadgeTile key={badge.code} achievement={badge} onOpen={() => filters.set('badge', badge.code)} />
          ))}
        </ul>
      ) : (
        <EmptyPanel
          Icon={Medal}
          text={isFiltered ? t('achievements.filtered.empty') : t(`achievements.${kind}.empty`)}
          {...(isFiltered && { action: <ClearFilters /> })}
        />
      )}
      {shown.length < badges.length && (
        <div className={styles['more']}>
          <Button variant="default" onClick={() => filters.set('show', kind)}>
            {t(`achievements.${kind}.all`, { count: badges.length })}
          </Button>
        </div>
      )}
    </Card>
  )
}

function ClearFilters() {
  const { t } = useWords()
  return (
    <Button component={Link} to="/achievements" variant="default">
      {t('achievements.filters.clear')}
    </Button>
  )
}
