import { useState } from 'react'

import { FeedRow } from '@/parts/records/FeedRow'
import { useWords, type Words } from '@/words/words'

import styles from './activities.module.css'
import type { FedActivity } from './api/activities'
import { useFeatures } from './api/features'
import { difficultyName, iconOf, typeName, verbName } from './kinds'
import { VoidButton } from './VoidButton'

/** Learners' own clients send as this; what services vouch for, only they take back. */
const OWN = 'learner'

function duration(seconds: number, { t, format }: Words): string {
  return seconds < 60 ? t('activities.seconds', { seconds }) : format.minutes(Math.floor(seconds / 60))
}

function notes(activity: FedActivity, zone: string, words: Words): string {
  const { t, said, format } = words
  const { topic, difficulty, value, duration_seconds, hints_used, not_counted, counted_seconds } = activity
  return [
    format.time(activity.occurred_at, zone),
    topic ?? null,
    difficulty == null ? null : difficultyName(difficulty, said),
    value == null ? null : t('activities.grade', { grade: format.number(value) }),
    duration_seconds == null ? null : duration(duration_seconds, words),
    counted_seconds == null ? null : t('activities.countedInPart', { counted: duration(counted_seconds, words) }),
    hints_used == null || hints_used === 0 ? null : t('activities.hints', { count: hints_used }),
    not_counted == null ? null : said('activities', { code: `notCounted.${not_counted}`, values: {}, text: t('activities.notCounted') }),
  ].filter((note) => note !== null).join(' · ')
}

const HOUR = 3_600_000

/** Hours that learners have to take an activity back; null if it is not theirs, or was surely recorded earlier than that.
 *
 * The feed does not say when it was recorded: at the latest, so many days after it happened as learners may date back.
 */
function useHoursToTakeBack({ sender, occurred_at }: FedActivity): number | null {
  const limits = useFeatures().data?.limits
  const [opened] = useState(Date.now)
  if (limits === undefined || sender !== OWN) return null
  const hours = limits.learner_void_hours
  const longest = (hours + limits.learner_backdate_days * 24) * HOUR
  return opened - Date.parse(occurred_at) <= longest ? hours : null
}

/** "Meditated" where the catalogue has a sentence for both together, else "Project reviewed". */
function whatOf({ object_type, verb }: FedActivity, { t, said }: Words): string {
  const text = t('activities.did', { type: typeName(object_type, said), verb: verbName(verb, said) })
  return said('activities', { code: `did.${object_type}.${verb}`, values: {}, text })
}

export function ActivityRow({ activity, zone }: { readonly activity: FedActivity; readonly zone: string }) {
  const words = useWords()
  const { t, format } = words
  const hours = useHoursToTakeBack(activity)
  const text = whatOf(activity, words)
  return (
    <FeedRow
      Icon={iconOf(activity.object_type)}
      text={text}
      note={notes(activity, zone, words)}
      value={
        <span className={styles['end']}>
          {activity.points > 0 && <span aria-label={t('activities.points', { count: activity.points })}>+{format.number(activity.points)}</span>}
          {hours !== null && <VoidButton activity={activity} text={text} hours={hours} />}
        </span>
      }
    />
  )
}
