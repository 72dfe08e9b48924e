import { Button } from '@mantine/core'

import { QueryCard } from '@/parts/cards/QueryCard'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import { useRepair, useStreakToday } from './api/repair'
import styles from './sections.module.css'

/** Repairs a run that ended a short time ago. The service decides whether that is possible. */
export function RepairSection() {
  const { t, format } = useWords()
  const repair = useRepair()
  const toasts = useToasts()
  const mend = () =>
    repair.mutate(undefined, {
      onSuccess: (answer) =>
        toasts.done(t('streaks.repair.done', { days: answer.streak?.current_streak ?? 0 })),
      onError: toasts.failed,
    })
  return (
    <QueryCard title={t('streaks.repair')} query={useStreakToday()} lines={2}>
      {(streak) =>
        'repairable_until' in streak && streak.repairable_until !== null ? (
          <div className={styles['form']}>
            <p>{t('streaks.repair.until', { instant: format.instant(streak.repairable_until, streak.timezone) })}</p>
            <Button variant="default" onClick={mend} loading={repair.isPending}>
              {t('streaks.repair.do')}
            </Button>
          </div>
        ) : (
          <p className="note">{t('streaks.repair.none')}</p>
        )
      }
    </QueryCard>
  )
}
