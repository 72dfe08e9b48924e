import { useWords } from '@/words/words'

import type { Board } from './api/leaderboard'
import type { Metric } from './useBoardAddress'

/** Values and days of boards, in words. */
export function useBoardWords() {
  const { t, format } = useWords()
  const value = (metric: Metric, number: number) => {
    if (metric === 'minutes') return format.minutes(number)
    if (metric === 'streak') return t('leaderboards.value.streak', { days: number })
    return format.number(number)
  }
  const days = ({ from, to }: Pick<Board, 'from' | 'to'>) =>
    from === null || to === null ? t('leaderboards.days.all') : format.days(from, to)
  return { value, days }
}
