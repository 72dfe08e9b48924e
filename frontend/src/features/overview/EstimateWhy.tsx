import { Why, type WhyRow } from '@/parts/Why'
import { useWords } from '@/words/words'

import type { Estimate } from './api/predictions'

interface Props {
  readonly figure: string
  readonly estimate: Estimate
}

/** The dates that an estimate is made of. Nothing without any. */
export function EstimateWhy({ figure, estimate }: Props) {
  const { t, format } = useWords()
  const day = (label: 'early' | 'middle' | 'late', value: string | null): WhyRow[] =>
    value === null ? [] : [{ label: t(`overview.estimate.${label}`), value: format.day(value, 'short') }]
  const rows = [...day('early', estimate.p10), ...day('middle', estimate.p50), ...day('late', estimate.p90)]
  if (estimate.state !== 'expected' || rows.length === 0) return null
  return (
    <Why figure={t('overview.estimate', { figure })} rows={rows}>
      {t('overview.estimate.text')}
    </Why>
  )
}
