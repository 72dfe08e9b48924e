import { Snowflake } from 'lucide-react'

import { useWords } from '@/words/words'

import type { Streak } from './api/streak'
import styles from './streak.module.css'

/** Four facts about the run. */
export function StreakFacts({ streak }: { readonly streak: Streak }) {
  const { t, format } = useWords()
  const next = streak.next_freeze_in_days
  const last = streak.last_exercise_date
  return (
    <dl className={styles['facts']}>
      <div>
        <dt>{t('streaks.longest')}</dt>
        <dd>{t('streaks.daysShort', { count: streak.longest_streak })}</dd>
      </div>
      <div>
        <dt>{t('streaks.freezes')}</dt>
        <dd className={styles['freezes']}>
          <Snowflake size={16} aria-hidden /> {t('streaks.freezes.held', { count: streak.freezes })}
        </dd>
      </div>
      <div>
        <dt>{t('streaks.nextFreeze')}</dt>
        <dd>{next === null ? t('streaks.nextFreeze.full') : t('streaks.nextFreeze.in', { count: next })}</dd>
      </div>
      <div>
        <dt>{t('streaks.last')}</dt>
        <dd>{last === null ? t('streaks.last.none') : format.day(last, 'short')}</dd>
      </div>
    </dl>
  )
}
