import { Button, NativeSelect } from '@mantine/core'
import type { InfiniteData, UseQueryResult } from '@tanstack/react-query'
import { Link } from 'react-router'

import { useStatistics } from '@/features/insight/api/statistics'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { QueryCard } from '@/parts/cards/QueryCard'
import { dayPlus } from '@/words/format'
import { useWords } from '@/words/words'

import { ActivityRow } from './ActivityRow'
import styles from './activities.module.css'
import { useFeed, type FedActivity, type Feed } from './api/activities'
import type { Summary } from './api/summary'
import type { ActivityAddress } from './filters'
import { typeName } from './kinds'

interface Props {
  readonly address: ActivityAddress
  readonly today: string
  readonly zone: string
  readonly summary: UseQueryResult<Summary>
}

/** The activities of these days by the learner's day, filtered by topic and type, read further on demand. */
export function FeedCard({ address, today, zone, summary }: Props) {
  const { t } = useWords()
  const { filters } = address
  const { from, to, topic, type } = filters
  const feed = useFeed({ from, to, ...(topic !== null && { topic }), ...(type !== null && { object_type: type }) })
  return (
    <QueryCard title={t('activities.feed')} query={feed} lines={12}>
      {(answer) => (
        <>
          <FeedFilters address={address} summary={summary} />
          <Days answer={answer} address={address} today={today} zone={zone} />
          {feed.hasNextPage && (
            <Button className={styles['more'] ?? ''} variant="default" loading={feed.isFetchingNextPage} onClick={() => void feed.fetchNextPage()}>
              {t('activities.more')}
            </Button>
          )}
          {feed.isFetchNextPageError && (
            <p role="alert" className="note">
              {t('activities.more.error')}
            </p>
          )}
        </>
      )}
    </QueryCard>
  )
}

function FeedFilters({ address: { filters, set }, summary }: Pick<Props, 'address' | 'summary'>) {
  const { t, said } = useWords()
  const statistics = useStatistics({ from: filters.from, to: filters.to })
  const types = summary.data?.by_type.map(({ object_type }) => object_type) ?? []
  const topics = statistics.data?.by_topic.map(({ topic }) => topic) ?? []
  // What is chosen stays a choice although these days have none of it.
  const withChosen = (all: readonly string[], chosen: string | null) =>
    chosen === null || all.includes(chosen) ? all : [chosen, ...all]
  return (
    <div className={styles['controls']}>
      <NativeSelect
        aria-label={t('activities.filter.type')}
        value={filters.type ?? ''}
        onChange={({ currentTarget }) => set({ type: currentTarget.value })}
        data={[
          { value: '', label: t('activities.filter.type.all') },
          ...withChosen(types, filters.type).map((value) => ({ value, label: typeName(value, said) })),
        ]}
      />
      <NativeSelect
        aria-label={t('activities.filter.topic')}
        value={filters.topic ?? ''}
        onChange={({ currentTarget }) => set({ topic: currentTarget.value })}
        data={[
          { value: '', label: t('activities.filter.topic.all') },
          ...withChosen(topics, filters.topic).map((value) => ({ value, label: value })),
        ]}
      />
    </div>
  )
}

/** Activities in their order, cut where the day changes. */
export function byDay(activities: readonly FedActivity[]): readonly (readonly [string, readonly FedActivity[]])[] {
  const days = new Map<string, FedActivity[]>()
  for (const activity of activities) {
    const day = days.get(activity.local_day)
    if (day === undefined) days.set(activity.local_day, [activity])
    else day.push(activity)
  }
  return [...days]
}

interface DaysProps extends Pick<Props, 'address' | 'today' | 'zone'> {
  readonly answer: InfiniteData<Feed>
}

function Days({ answer, address: { filters, set }, today, zone }: DaysProps) {
  const { t, format } = useWords()
  const days = byDay(answer.pages.flatMap(({ activities }) => activities))
  if (days.length === 0) {
    const isFiltered = filters.topic !== null || filters.type !== null
    const next = isFiltered ? (
      <Button variant="default" onClick={() => set({ topic: null, type: null })}>
        {t('activities.filter.clear')}
      </Button>
    ) : (
      <Button component={Link} to="/planner">
        {t('activities.empty.next')}
      </Button>
    )
    return <EmptyPanel text={t(isFiltered ? 'activities.empty.filtered' : 'activities.empty')} action={next} />
  }
  const name = (day: string) => {
    if (day === today) return t('activities.today', { day: format.day(day) })
    return day === dayPlus(today, -1) ? t('activities.yesterday', { day: format.day(day) }) : format.day(day)
  }
  return days.map(([day, activities]) => (
    <section key={day} className={styles['day']} aria-label={name(day)}>
      <h3>{name(day)}</h3>
      <ul className={styles['list']}>
        {activities.map((activity) => (
          <ActivityRow key={`${activity.sender}/${activity.id}`} activity={activity} zone={zone} />
        ))}
      </ul>
    </section>
  ))
}
