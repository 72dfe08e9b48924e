import { useWords } from '@/words/words'

import type { GoalPeriod } from './api/goalHistory'

/** The amounts with their unit ("56%", "99"), "99 of 120 minutes", and what is still to do by when: "21 to go by Sunday 22 November". */
export function useProgressWords(progress: Omit<GoalPeriod, 'met_at' | 'revised_at'>) {
  const { t, format } = useWords()
  const { achieved_value, target_value, period, status } = progress
  const amount = (value: number) => (progress.target_type === 'percentage' ? format.percent(value) : format.number(value))
  const achieved = amount(achieved_value)
  const target = t(`goals.amount.${progress.target_type}`, { value: target_value, shown: format.number(target_value) })
  const counts =
    progress.target_type === 'percentage'
      ? t('goals.counts.percentage', { achieved, target: amount(target_value) })
      : t('goals.counts', { achieved, target })
  const said = { achieved, target: amount(target_value), counts }
  const by = format.day(period.end)
  const isMeasured = progress.target_type !== 'percentage' && status !== 'not_applicable'
  if (status === 'achieved') return { ...said, remaining: t('goals.achieved', { by }) }
  if (!isMeasured) return { ...said, remaining: t('goals.until', { by }) }
  return { ...said, remaining: t('goals.toGo', { shown: format.number(target_value - achieved_value), by }) }
}
