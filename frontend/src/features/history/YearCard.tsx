import '@/theme/later.css'

import { SegmentedControl } from '@mantine/core'
import { useState } from 'react'

import { QueryCard } from '@/parts/cards/QueryCard'
import { YearHeatmap } from '@/parts/calendar/YearHeatmap'
import type { WeekStart } from '@/words/format'
import { useWords } from '@/words/words'

import { useYear, type HistoryDay } from './api/history'

const MEASURES = { minutes: 'minutes_today', exercises: 'exercises_today' } as const
type Measure = keyof typeof MEASURES

function isMeasure(value: string): value is Measure {
  return value in MEASURES
}

interface Props {
  readonly today: string | undefined
  readonly weekStart: WeekStart
}

/** The last 53 weeks, by one measure at a time. Each day says all of its facts. */
export function YearCard({ today, weekStart }: Props) {
  const { t, format } = useWords()
  const [measure, setMeasure] = useState<Measure>('minutes')
  const label = (day: HistoryDay) =>
    t('overview.year.day', {
      day: format.day(day.snapshot_date, 'full'),
      minutes: format.minutes(day.minutes_today),
      exercises: day.exercises_today,
    })
  return (
    <QueryCard
      title={t('overview.year')}
      query={useYear(today, weekStart)}
      height={190}
      aside={
        <SegmentedControl
          size="xs"
          aria-label={t('overview.year.by')}
          value={measure}
          onChange={(value) => isMeasure(value) && setMeasure(value)}
          data={[
            { value: 'minutes', label: t('overview.minutes') },
            { value: 'exercises', label: t('overview.exercises') },
          ]}
        />
      }
    >
      {({ days }) => (
        <YearHeatmap
          title={t('overview.year')}
          weekStart={weekStart}
          days={days.map((day) => ({ day: day.snapshot_date, value: day[MEASURES[measure]], label: label(day) }))}
        />
      )}
    </QueryCard>
  )
}
