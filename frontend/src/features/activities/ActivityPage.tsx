import { PageHeader } from '@/parts/PageHeader'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords } from '@/words/words'

import { ActivityFilterBar } from './ActivityFilterBar'
import styles from './activities.module.css'
import { useMe } from './api/me'
import { useSummary } from './api/summary'
import { BalanceCard } from './BalanceCard'
import { FeedCard } from './FeedCard'
import { useActivityAddress } from './filters'
import { PointsCard } from './PointsCard'
import { StatisticsCard } from './StatisticsCard'
import { TimeCard } from './TimeCard'

export function ActivityPage() {
  const { t } = useWords()
  const me = useMe()
  if (me.data !== undefined) return <Activities today={me.data.local_day} zone={me.data.timezone} />
  return (
    <>
      <PageHeader title={t('activities.title')} />
      <QueryCard title={t('activities.feed')} query={me} lines={12}>
        {() => null}
      </QueryCard>
    </>
  )
}

interface Props {
  readonly today: string
  readonly zone: string
}

function Activities({ today, zone }: Props) {
  const { t, format } = useWords()
  const address = useActivityAddress(today)
  const { from, to } = address.filters
  const summary = useSummary({ from, to })
  return (
    <>
      <PageHeader title={t('activities.title')} note={format.days(from, to)} />
      <ActivityFilterBar address={address} error={summary.error} />
      <div className={styles['columns']}>
        <FeedCard address={address} today={today} zone={zone} summary={summary} />
        <div className={styles['column']}>
          <StatisticsCard from={from} to={to} summary={summary} />
          <TimeCard query={summary} />
          <PointsCard from={from} to={to} />
          <BalanceCard from={from} to={to} />
        </div>
      </div>
    </>
  )
}
