// Likely dates in words. The service names the sentence by its code; its days stand beside it in the answer.
import type { Words } from '@/words/words'

import type { Estimate } from './api/predictions'

function daysOf(estimate: Estimate, format: Words['format'], style: 'short' | 'long') {
  const day = estimate.p50
  return {
    day: day === null ? '' : format.day(day, style),
    from: estimate.likely_from === null ? '' : format.day(estimate.likely_from, style),
    until: estimate.likely_until === null ? '' : format.day(estimate.likely_until, style),
  }
}

/** The estimate in a few words: "About Wed 25 Nov". Null where there is no date and so only the sentence. */
export function shortEstimate(estimate: Estimate, { t, format }: Words): string | null {
  const { day } = daysOf(estimate, format, 'short')
  if (estimate.state === 'expected' && day !== '') return t('achievements.estimate.about', { day })
  if (estimate.state === 'if_unbroken' && day !== '') return t('achievements.estimate.ifUnbroken', { day })
  return null
}

/** The estimate in a sentence, with the days between which it mostly happens. */
export function estimateSentence(estimate: Estimate, { said, format }: Words): string {
  const { code, values, text } = estimate
  const sentence = estimate.likely_from === estimate.likely_until && code === 'expected' ? 'expected_day' : code
  return said('achievements', { code: `estimate.${sentence}`, values: { ...values, ...daysOf(estimate, format, 'long') }, text })
}

/** The numbers behind an estimate, for `Why`. Empty where nothing was estimated. */
export function estimateRows(estimate: Estimate, { t, format }: Words): { label: string; value: string }[] {
  const days = [
    ['achievements.estimate.from', estimate.likely_from],
    ['achievements.estimate.p50', estimate.p50],
    ['achievements.estimate.until', estimate.likely_until],
  ] as const
  if (estimate.within_60_percent === null) return []
  return [
    { label: t('achievements.estimate.within'), value: format.percent(estimate.within_60_percent) },
    // Where few get there, no day is likely.
    ...days.flatMap(([label, day]) => (day === null ? [] : [{ label: t(label), value: format.day(day, 'short') }])),
  ]
}
