import { Button } from '@mantine/core'
import { ArrowRight } from 'lucide-react'
import { Link } from 'react-router'

import { useToasts } from '@/parts/useToasts'
import { Why } from '@/parts/Why'
import { dayIn } from '@/words/format'
import { useWords } from '@/words/words'

import { useRepair } from './api/repair'
import type { Streak } from './api/streak'
import { phaseOf } from './phase'
import styles from './streak.module.css'

/** The last day of the run without practice: the one that ends when the run does. */
export function lastDay(expiresAt: string, timeZone: string): string {
  return dayIn(new Date(Date.parse(expiresAt) - 1), timeZone)
}

/** The number of the run, in words what today needs and how long it holds, and the next step. */
export function StreakSummary({ streak }: { readonly streak: Streak }) {
  const { t } = useWords()
  return (
    <>
      <p className={styles['number']}>
        <strong>{streak.current_streak}</strong> <span>{t('streaks.days', { count: streak.current_streak })}</span>{' '}
        <StreakWhy streak={streak} />
      </p>
      <p>{useSentences(streak).join(' ')}</p>
      <NextStep streak={streak} />
    </>
  )
}

function useSentences(streak: Streak): readonly string[] {
  const { t, format } = useWords()
  const phase = phaseOf(streak)
  const run = streak.current_streak
  const sentences = [t(`streaks.phase.${phase}`, { run })]
  if (phase === 'broken' && streak.longest_streak > 0) {
    sentences.push(t('streaks.longestIs', { days: streak.longest_streak }))
  }
  if (phase === 'broken' && streak.repairable_until !== null) {
    sentences.push(t('streaks.repair.until', { instant: format.instant(streak.repairable_until, streak.timezone) }))
  }
  if (streak.freezes_pending > 0) sentences.push(t('streaks.freezing', { count: streak.freezes_pending }))
  if (run > 0 && streak.expires_at !== null) {
    const last = lastDay(streak.expires_at, streak.timezone)
    sentences.push(last <= streak.today ? t('streaks.holdsToday') : t('streaks.holds', { day: format.day(last) }))
  }
  return sentences
}

function StreakWhy({ streak }: { readonly streak: Streak }) {
  const { t, format } = useWords()
  const rows = [
    { label: t('streaks.why.run'), value: format.number(streak.current_streak) },
    ...(streak.last_exercise_date === null
      ? []
      : [{ label: t('streaks.last'), value: format.day(streak.last_exercise_date, 'short') }]),
    { label: t('streaks.why.pending'), value: format.number(streak.freezes_pending) },
    ...(streak.expires_at === null
      ? []
      : [{ label: t('streaks.why.until'), value: format.instant(streak.expires_at, streak.timezone) }]),
  ]
  return (
    <Why figure={t('streaks.title')} rows={rows}>
      {t('streaks.why')}
    </Why>
  )
}

/** The one filled button of the page, while something is to be done; a quieter way on when nothing is. */
function NextStep({ streak }: { readonly streak: Streak }) {
  const { t } = useWords()
  const phase = phaseOf(streak)
  if (phase === 'broken' && streak.repairable_until !== null) return <RepairButton />
  if (phase === 'none') return <StepLink to="/goals" label={t('streaks.next.goal')} isFilled />
  if (phase === 'paused') return <StepLink to="/settings" label={t('streaks.next.pause')} />
  if (phase === 'met') return <StepLink to="/planner" label={t('streaks.next.tomorrow')} />
  return <StepLink to="/planner" label={t('streaks.next.today')} isFilled />
}

interface StepProps {
  readonly to: string
  readonly label: string
  readonly isFilled?: boolean
}

function StepLink({ to, label, isFilled = false }: StepProps) {
  return (
    <Button
      component={Link}
      to={to}
      variant={isFilled ? 'filled' : 'default'}
      size="md"
      className={styles['step'] ?? ''}
      rightSection={<ArrowRight size={18} aria-hidden />}
    >
      {label}
    </Button>
  )
}

function RepairButton() {
  const { t } = useWords()
  const repair = useRepair()
  const toasts = useToasts()
  const mend = () =>
    repair.mutate(undefined, {
      onSuccess: ({ streak }) => toasts.done(t('streaks.repair.done', { days: streak?.current_streak ?? 0 })),
      onError: toasts.failed,
    })
  return (
    <Button size="md" className={styles['step'] ?? ''} onClick={mend} loading={repair.isPending}>
      {t('streaks.repair.do')}
    </Button>
  )
}
