import { NativeSelect, SegmentedControl } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'

import { Problem } from '@/api/problems'
import { DayRange } from '@/parts/calendar/DayRange'
import { useWords } from '@/words/words'

import { useCategories } from './api/categories'
import type { Dashboard } from './api/dashboard'
import { PERIODS, type useInsightAddress } from './filters'
import styles from './insight.module.css'

interface Props {
  readonly address: ReturnType<typeof useInsightAddress>
  readonly dashboard: UseQueryResult<Dashboard>
}

/** Period or own range, and category. */
export function InsightFilterBar({ address: { filters, set }, dashboard }: Props) {
  const { t, said } = useWords()
  const categories = useCategories()
  const { range } = filters
  const shown = range ?? dashboard.data ?? null
  const choosePeriod = (chosen: string) => {
    if (chosen !== 'own') set({ period: chosen === 'weekly' ? null : chosen, from: null, to: null })
    else if (shown !== null) set({ period: null, from: shown.from, to: shown.to })
  }
  const fault = dashboard.error instanceof Problem ? dashboard.error.faults[0] : undefined
  const options = [
    { value: '', label: t('insight.filter.all') },
    ...(categories.data?.categories ?? []).map(({ category_id, name }) => ({ value: category_id, label: name })),
    { value: 'uncategorised', label: t('insight.uncategorised') },
  ]
  return (
    <div className={styles['filters']} role="search" aria-label={t('insight.filter')}>
      <SegmentedControl
        aria-label={t('insight.filter.period')}
        value={range === null ? filters.period : 'own'}
        onChange={choosePeriod}
        data={[
          ...PERIODS.map((value) => ({ value, label: t(`insight.period.${value}`) })),
          { value: 'own', label: t('insight.period.own'), disabled: shown === null },
        ]}
      />
      {range !== null && (
        <DayRange
          {...range}
          onChange={(next) => set({ from: next.from, to: next.to }, { replace: true })}
          fault={fault === undefined ? null : said('insight', { ...fault, text: fault.message })}
        />
      )}
      <NativeSelect
        aria-label={t('insight.filter.category')}
        data={options}
        value={filters.category ?? ''}
        onChange={({ currentTarget }) => set({ category: currentTarget.value })}
      />
    </div>
  )
}
