import { useWords } from '@/words/words'

import type { GoalPeriod } from './api/goalHistory'

/** "99 of 120 minutes", and what is still to do by when: "21 to go by Sunday 22 November". */
export function useProgressWords(progress: Omit<GoalPeriod, 'met_at' | 'revised_at'>) {
  const { t, format } = useWords()
  const { achieved_value: achieved, target_value: target, period, status } = progress
  const counts = t('goals.counts', {
    achieved: progress.target_type === 'percentage' ? format.percent(achieved) : format.number(achieved),
    target: t(`goals.amount.${progress.target_type}`, { value: target, shown: format.number(target) }),
  })
  const by = format.day(period.end)
  const isMeasured = progress.target_type !== 'percentage' && status !== 'not_applicable'
  if (status === 'achieved') return { counts, remaining: t('goals.achieved', { by }) }
  if (!isMeasured) return { counts, remaining: t('goals.until', { by }) }
  return { counts, remaining: t('goals.toGo', { shown: format.number(target - achieved), by }) }
}
