import { SegmentedControl } from '@mantine/core'

import { Problem } from '@/api/problems'
import { DayRange } from '@/parts/calendar/DayRange'
import { useWords } from '@/words/words'

import styles from './activities.module.css'
import { SPANS, type ActivityAddress } from './filters'

interface Props {
  readonly address: ActivityAddress
  /** What the service said to this range. */
  readonly error: Error | null
}

export function ActivityFilterBar({ address: { filters, set }, error }: Props) {
  const { t, said } = useWords()
  const { days, from, to } = filters
  const choose = (chosen: string) =>
    chosen === 'own' ? set({ days: null, from, to }) : set({ days: chosen === '30' ? null : chosen, from: null, to: null })
  const fault = error instanceof Problem ? error.faults[0] : undefined
  return (
    <div className={styles['filters']} role="search" aria-label={t('activities.filter')}>
      <SegmentedControl
        aria-label={t('activities.filter.days')}
        value={days}
        onChange={choose}
        data={[
          ...SPANS.map((value) => ({ value, label: t('activities.days', { days: Number(value) }) })),
          { value: 'own', label: t('activities.days.own') },
        ]}
      />
      {days === 'own' && (
        <DayRange
          from={from}
          to={to}
          onChange={(next) => set({ from: next.from, to: next.to }, { replace: true })}
          fault={fault === undefined ? null : said('activities', { ...fault, text: fault.message })}
        />
      )}
    </div>
  )
}
