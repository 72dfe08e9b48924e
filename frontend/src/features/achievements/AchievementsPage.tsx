import { Button, SegmentedControl } from '@mantine/core'
import { BellOff } from 'lucide-react'
import { Link } from 'react-router'

import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { PageHeader } from '@/parts/PageHeader'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords } from '@/words/words'

import { useAchievements } from './api/achievements'
import { BadgeDialog } from './BadgeDialog'
import { BadgeSections } from './BadgeSections'
import { NearlyThere } from './NearlyThere'
import styles from './achievements.module.css'
import { SHOWN, useAchievementFilters } from './useAchievementFilters'

export function AchievementsPage() {
  const { t } = useWords()
  const query = useAchievements()
  const filters = useAchievementFilters()
  const all = query.data !== undefined && 'total' in query.data ? query.data : null
  const note = all === null ? undefined : t('achievements.note', { unlocked: all.unlocked, total: all.total, points: all.points })
  const isQuiet = query.data !== undefined && all === null
  return (
    <>
      <PageHeader
        title={t('achievements.title')}
        note={note}
        {...(!isQuiet && {
          actions: (
            <SegmentedControl
              aria-label={t('achievements.show')}
              data={SHOWN.map((value) => ({ value, label: t(`achievements.show.${value}`) }))}
              value={filters.shown}
              onChange={(value) => filters.set('show', value)}
            />
          ),
        })}
      />
      <div className={styles['page']}>
        {!isQuiet && filters.shown !== 'earned' && <NearlyThere onOpen={(code) => filters.set('badge', code)} />}
        {all === null ? (
          <QueryCard
            title={t('achievements.title')}
            query={query}
            height={480}
            isEmpty={() => true}
            empty={
              <EmptyPanel
                Icon={BellOff}
                text={t('achievements.quiet')}
                action={
                  <Button component={Link} to="/settings" variant="default">
                    {t('achievements.quiet.settings')}
                  </Button>
                }
              />
            }
          >
            {() => null}
          </QueryCard>
        ) : (
          <BadgeSections answer={all} filters={filters} />
        )}
      </div>
      <BadgeDialog
        achievement={all?.achievements.find(({ code }) => code === filters.badge) ?? null}
        rarityAsOf={all?.rarity_as_of ?? null}
        onClose={() => filters.set('badge', null)}
      />
    </>
  )
}
