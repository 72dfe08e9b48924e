import { Button } from '@mantine/core'
import { Activity as ActivityIcon, BookOpen, CircleCheck, CodeXml, Leaf, type LucideIcon } from 'lucide-react'
import { Link } from 'react-router'

import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { FeedRow } from '@/parts/records/FeedRow'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords } from '@/words/words'

import { useFeed, type Activity } from './api/feed'
import { useTask } from './api/task'
import { CardLink } from './CardLink'
import styles from './home.module.css'

const ICONS: Readonly<Record<string, LucideIcon>> = {
  exercise: CodeXml, quiz: CodeXml, lesson: BookOpen, reading: BookOpen, journal: BookOpen, task: CircleCheck,
  meditation: Leaf, session: Leaf,
}

/** The newest activities. Times are those of the learner's zone. */
export function FeedCard({ timeZone }: { readonly timeZone: string | undefined }) {
  const { t } = useWords()
  return (
    <QueryCard
      title={t('overview.feed')}
      query={useFeed()}
      height={260}
      aside={<CardLink to="/activity">{t('overview.feed.all')}</CardLink>}
      isEmpty={({ activities }) => activities.length === 0}
      empty={
        <EmptyPanel
          Icon={ActivityIcon}
          text={t('overview.feed.empty')}
          action={
            <Button variant="light" component={Link} to="/planner">
              {t('overview.feed.plan')}
            </Button>
          }
        />
      }
    >
      {({ activities }) => (
        <ul className={styles['feed']}>
          {activities.map((activity) => (
            <Row key={activity.id} activity={activity} timeZone={timeZone} />
          ))}
        </ul>
      )}
    </QueryCard>
  )
}

interface RowProps {
  readonly activity: Activity
  readonly timeZone: string | undefined
}

function Row({ activity, timeZone }: RowProps) {
  const { t, format } = useWords()
  const { object_type: type, verb, topic, path, duration_seconds: seconds, value } = activity
  const what = t(verb === 'attempted' ? 'overview.feed.attempted' : 'overview.feed.type', { type })
  const task = useTask(type === 'task' && activity.sender === 'milepost' ? (activity.object_id ?? null) : null).data
  const about = task?.title ?? topic ?? path
  const when =
    timeZone === undefined ? format.day(activity.local_day, 'short') : format.instant(activity.occurred_at, timeZone)
  const facts = [
    when,
    ...(seconds == null ? [] : [format.minutes(Math.floor(seconds / 60))]),
    ...(value == null || type === 'interaction' ? [] : [t('overview.feed.grade', { grade: format.number(value) })]),
  ]
  return (
    <FeedRow
      Icon={ICONS[type] ?? ActivityIcon}
      text={about == null ? what : t('overview.feed.about', { what, about })}
      note={facts.join(' · ')}
      value={activity.points > 0 && t('overview.feed.points', { points: activity.points })}
    />
  )
}
