import { lazy, Suspense } from 'react'

import { StreakCard } from '@/features/streaks/StreakCard'
import { Card, CardGrid } from '@/parts/cards/Card'
import { CardSkeleton } from '@/parts/cards/CardSkeleton'
import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

import { useFeatures, useWeekStart } from './api/features'
import { useProgress } from './api/progress'
import { FeedCard } from './FeedCard'
import { GoalsCard } from './GoalsCard'
import styles from './home.module.css'
import { NextBadgeCard } from './NextBadgeCard'
import { NextLevelCard } from './NextLevelCard'
import { TodayCard } from './TodayCard'
import { WeekCard } from './WeekCard'
import { WorthCard } from './WorthCard'

// It stands below what the first screen shows.
const YearCard = lazy(async () => ({ default: (await import('@/features/history/YearCard')).YearCard }))

export function HomePage() {
  const { t, format } = useWords()
  const progress = useProgress().data
  const weekStart = useWeekStart()
  const hasGoals = useFeatures().data?.features.goals !== false
  // In quiet mode the answer has no streak: then nothing here counts runs, badges or ranks.
  const isQuiet = progress !== undefined && progress.streak === undefined
  return (
    <>
      <PageHeader title={t('overview.title')} note={progress === undefined ? ' ' : format.day(progress.local_day)} />
      <div className={styles['first']}>
        <CardGrid>
          {isQuiet ? <WeekCard today={progress.local_day} /> : <StreakCard weekStart={weekStart} />}
          <TodayCard isWithWeek={!isQuiet} />
        </CardGrid>
      </div>
      <div className={styles['year']}>
        <Suspense fallback={<Card title={t('overview.year')}><CardSkeleton title={t('overview.year')} height={190} /></Card>}>
          <YearCard today={progress?.local_day} weekStart={weekStart} />
        </Suspense>
      </div>
      <div className={styles['below']}>
        {hasGoals && <GoalsCard />}
        <div className={styles['next']}>
          {!isQuiet && <NextBadgeCard />}
          <NextLevelCard />
          <WorthCard />
        </div>
        <FeedCard timeZone={progress?.timezone} />
      </div>
    </>
  )
}
