// The key figures of the days that a page beside it shows: `GET /api/analytics/quick-stats`.
import { ChartNoAxesColumn } from 'lucide-react'

import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { KeyFigure, KeyFigures } from '@/parts/cards/KeyFigure'
import { QueryCard } from '@/parts/cards/QueryCard'
import { Why } from '@/parts/Why'
import { useWords } from '@/words/words'

import { useQuickStats, type QuickStats } from './api/quickStats'

interface Props {
  /** The last day that counts. */
  readonly day: string
  /** That day alone, or seven days up to it. */
  readonly dateRange: 'today' | '7d'
}

function isEmpty(stats: QuickStats): boolean {
  const counts = [stats.total_scheduled_minutes, stats.completed_tasks_count, stats.due_tasks_count]
  return counts.every((count) => count === 0) && stats.focus_utilization_ratio === null
}

export function QuickStatsWidget({ day, dateRange }: Props) {
  const { t } = useWords()
  return (
    <QueryCard
      title={t('quickStats.title')}
      query={useQuickStats({ date_range: dateRange, end_date: day, view_context: 'calendar' })}
      lines={8}
      errorText={t('quickStats.error')}
      isEmpty={isEmpty}
      empty={<EmptyPanel Icon={ChartNoAxesColumn} text={t('quickStats.empty')} />}
    >
      {(stats) => <Figures stats={stats} />}
    </QueryCard>
  )
}

function Figures({ stats }: { readonly stats: QuickStats }) {
  const { t, format } = useWords()
  const { from, to, top_category: top, focus_utilization_ratio: ratio } = stats
  return (
    <>
      <p className="note">{from === to ? format.day(to) : format.days(from, to)}</p>
      <KeyFigures>
        <KeyFigure size="small" label={t('quickStats.minutes')} value={format.minutes(stats.total_scheduled_minutes)} />
        <KeyFigure size="small" label={t('quickStats.completed')} value={format.number(stats.completed_tasks_count)} why={<CompletedWhy stats={stats} />} />
        <KeyFigure
          size="small"
          label={t('quickStats.top')}
          value={top === null ? t('quickStats.none') : top.name}
          {...(top !== null && { why: <TopWhy minutes={top.minutes} total={stats.total_scheduled_minutes} /> })}
        />
        <KeyFigure
          size="small"
          label={t('quickStats.focus')}
          value={ratio === null ? t('quickStats.none') : format.percent(ratio * 100)}
          note={t(ratio === null ? 'quickStats.focus.none' : 'quickStats.focus.note')}
        />
      </KeyFigures>
    </>
  )
}

function CompletedWhy({ stats }: { readonly stats: QuickStats }) {
  const { t, format } = useWords()
  return (
    <Why
      figure={t('quickStats.completed')}
      rows={[
        { label: t('quickStats.completed'), value: format.number(stats.completed_tasks_count) },
        { label: t('quickStats.due'), value: format.number(stats.due_tasks_count) },
        { label: t('quickStats.dueCompleted'), value: format.number(stats.due_completed_tasks_count) },
      ]}
    >
      {t('quickStats.completed.why')}
    </Why>
  )
}

function TopWhy({ minutes, total }: { readonly minutes: number; readonly total: number }) {
  const { t, format } = useWords()
  return (
    <Why
      figure={t('quickStats.top')}
      rows={[
        { label: t('quickStats.top.minutes'), value: format.minutes(minutes) },
        { label: t('quickStats.minutes'), value: format.minutes(total) },
      ]}
    >
      {t('quickStats.top.why')}
    </Why>
  )
}
