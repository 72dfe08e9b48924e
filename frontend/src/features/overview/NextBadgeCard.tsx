import { Medal } from 'lucide-react'

import { Bar } from '@/parts/progress/Bar'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { QueryCard } from '@/parts/cards/QueryCard'
import { TierBadge } from '@/parts/badges/TierBadge'
import { Why } from '@/parts/Why'
import { useWords } from '@/words/words'

import { useAchievements } from './api/achievements'
import { usePredictions, type NextAchievement } from './api/predictions'
import { CardLink } from './CardLink'
import { EstimateWhy } from './EstimateWhy'
import styles from './home.module.css'
import { useEstimate } from './useEstimate'

/** The badge to expect next: how far it is and when it is likely. */
export function NextBadgeCard() {
  const { t } = useWords()
  return (
    <QueryCard
      title={t('overview.badge')}
      query={usePredictions()}
      height={150}
      aside={<CardLink to="/achievements">{t('overview.badge.all')}</CardLink>}
      isEmpty={({ next_achievement }) => next_achievement === null}
      empty={<EmptyPanel Icon={Medal} text={t('overview.badge.empty')} />}
    >
      {({ next_achievement: next }) => next !== null && <NextBadge next={next} />}
    </QueryCard>
  )
}

function NextBadge({ next }: { readonly next: NextAchievement }) {
  const { t, format } = useWords()
  const estimate = useEstimate()
  const achievements = useAchievements().data
  const badge = achievements?.achievements.find(({ code }) => code === next.code)
  const rows = [
    { label: t('overview.badge.now'), value: format.number(next.now) },
    { label: t('overview.badge.needed'), value: format.number(next.needed) },
    { label: t('overview.badge.percent'), value: format.percent(next.percent, 1) },
  ]
  return (
    <>
      <div className={styles['badge']}>
        <TierBadge tier={badge?.tier ?? 'bronze'} icon={badge?.icon ?? 'medal'} state="locked" size={56} />
        <div>
          <h3>{next.title}</h3>
          {badge !== undefined && <p className="note">{badge.description}</p>}
        </div>
      </div>
      <Bar
        label={t('overview.badge.progress')}
        percent={next.percent}
        text={t('overview.of', { now: format.number(next.now), total: format.number(next.needed) })}
        aside={<Why figure={next.title} rows={rows} />}
      />
      <p className={styles['estimate']}>
        {estimate(next.estimate)} <EstimateWhy figure={next.title} estimate={next.estimate} />
      </p>
    </>
  )
}
