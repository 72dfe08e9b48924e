import { Why, type WhyRow } from '@/parts/Why'
import { useWords } from '@/words/words'

import type { Estimate } from './api/predictions'

interface Props {
  readonly figure: string
  readonly estimate: Estimate
}

/** The numbers that an estimate is made of. Nothing without a likely day. */
export function EstimateWhy({ figure, estimate }: Props) {
  const { t, format } = useWords()
  const day = (label: 'early' | 'middle' | 'late', value: string | null): WhyRow[] =>
    value === null ? [] : [{ label: t(`overview.estimate.${label}`), value: format.day(value, 'short') }]
  const { state, within_60_percent: within, likely_from: first, p50: middle, likely_until: last } = estimate
  if (state !== 'expected' || within === null) return null
  const rows = [
    { label: t('overview.estimate.within'), value: format.percent(within) },
    ...day('early', first), ...day('middle', middle), ...day('late', last),
  ]
  return (
    <Why figure={t('overview.estimate', { figure })} rows={rows}>
      {t('overview.estimate.text')}
    </Why>
  )
}
