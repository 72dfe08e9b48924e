import { Button } from '@mantine/core'
import { CalendarDays } from 'lucide-react'
import { Link } from 'react-router'

import { Problem } from '@/api/problems'
import { Card, CardGrid } from '@/parts/cards/Card'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { PageHeader } from '@/parts/PageHeader'
import { dayCount } from '@/words/format'
import { useWords } from '@/words/words'

import type { Dashboard } from './api/dashboard'
import { CategoryCard } from './cards/CategoryCard'
import { ExportButton } from './ExportButton'
import { FiguresCard } from './cards/FiguresCard'
import { useInsightAddress } from './filters'
import { GoalsCard } from './cards/GoalsCard'
import { InShortCard } from './cards/InShortCard'
import { InsightFilterBar } from './InsightFilterBar'
import { TasksCard } from './cards/TasksCard'
import { TrendCard } from './cards/TrendCard'
import { useInsight } from './useInsight'

function isBlank(answer: Dashboard): boolean {
  const isAnyCounted = answer.total_scheduled_minutes + answer.focus_slot_minutes + answer.due_tasks_count > 0
  return !isAnyCounted && answer.completed_tasks_count === 0
}

/** The service refuses the range itself: that stands at its fields, and there is nothing to try again. */
function isRefused(error: Error | null): boolean {
  return error instanceof Problem && error.faults.length > 0
}

/** The dashboard of the planner's figures. Filters change all of it at once: all of it is one answer. */
export function DashboardPage() {
  const { t, format } = useWords()
  const address = useInsightAddress()
  const insight = useInsight(address.filters)
  const { dashboard } = insight.queries
  const answer = dashboard.data
  const note = answer && t('insight.note', {
    range: format.days(answer.from, answer.to),
    days: dayCount(answer.previous.from, answer.previous.to),
  })
  return (
    <>
      <PageHeader
        title={t('insight.title')}
        {...(note !== undefined && { note })}
        actions={<ExportButton answer={answer} category={address.filters.category} />}
      />
      <InsightFilterBar address={address} dashboard={dashboard} />
      <div aria-busy={dashboard.isPlaceholderData} hidden={isRefused(dashboard.error)}>
        <CardGrid>
          {answer !== undefined && isBlank(answer) ? (
            <BlankCard />
          ) : (
            <>
              <FiguresCard query={dashboard} />
              <TrendCard query={dashboard} address={address} />
              <TasksCard query={dashboard} />
              <CategoryCard query={dashboard} />
              <InShortCard insight={insight} />
            </>
          )}
          <GoalsCard query={dashboard} />
        </CardGrid>
      </div>
    </>
  )
}

export { DashboardPage as AnalyticsPage }

function BlankCard() {
  const { t } = useWords()
  return (
    <Card title={t('insight.blank.title')}>
      <EmptyPanel
        Icon={CalendarDays}
        text={t('insight.blank')}
        action={
          <Button component={Link} to="/planner">
            {t('insight.blank.next')}
          </Button>
        }
      />
    </Card>
  )
}
