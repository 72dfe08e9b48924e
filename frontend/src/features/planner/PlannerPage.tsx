import { Button } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { Plus } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { QuickStatsWidget } from '@/features/insight/QuickStatsWidget'
import { useMe } from '@/features/learners/api/me'
import { PageHeader } from '@/parts/PageHeader'
import { QueryCard } from '@/parts/cards/QueryCard'
import { dayPlus, type WeekStart } from '@/words/format'
import { useWords } from '@/words/words'

import { useFeatures } from './api/features'
import { CategoriesCard } from './CategoriesCard'
import { PlanCard } from './calendar/PlanCard'
import styles from './planner.module.css'
import type { TaskTarget } from './tasks/TaskDrawer'
import { TaskList } from './tasks/TaskList'
import { DeletionProvider } from './tasks/useDeletion'
import { usePlannerAddress, weekOf } from './usePlannerAddress'

// Forms are loaded when one is opened.
const TaskDrawer = lazy(async () => ({ default: (await import('./tasks/TaskDrawer')).TaskDrawer }))
const FocusDrawer = lazy(async () => ({ default: (await import('./calendar/FocusDrawer')).FocusDrawer }))

/** Seven days beside each other need this much. */
const WEEK_FITS = '(min-width: 62em)'

export function PlannerPage() {
  const { t } = useWords()
  const me = useMe()
  const features = useFeatures()
  if (me.data !== undefined && features.data !== undefined) {
    return (
      <DeletionProvider>
        <Planner zone={me.data.timezone} today={me.data.local_day} weekStart={features.data.week_start} />
      </DeletionProvider>
    )
  }
  const missing = me.data === undefined ? { ...me, data: undefined } : { ...features, data: undefined }
  return (
    <>
      <PageHeader title={t('planner.title')} />
      <QueryCard title={t('planner.plan')} query={missing} height={620} errorText={t('planner.error')}>
        {() => null}
      </QueryCard>
    </>
  )
}

interface Props {
  readonly zone: string
  readonly today: string
  readonly weekStart: WeekStart
}

function Planner({ zone, today, weekStart }: Props) {
  const { t } = useWords()
  const address = usePlannerAddress(today)
  const canChooseView = useMediaQuery(WEEK_FITS, true, { getInitialValueInEffect: false })
  const [task, setTask] = useState<TaskTarget | null>(null)
  const [focusDay, setFocusDay] = useState<string | null>(null)
  const view = canChooseView ? address.view : 'day'
  // A drawer stays where it is once it was opened, or it could not give the focus back.
  const [hasOpened, setOpened] = useState({ task: false, focus: false })
  const open = (target: TaskTarget) => {
    setTask(target)
    setOpened((before) => ({ ...before, task: true }))
  }
  const onTask = (taskId: string) => open({ taskId })
  const onNew = (day: string) => open({ newOn: day })
  const onFocus = (day: string) => {
    setFocusDay(day)
    setOpened((before) => ({ ...before, focus: true }))
  }
  return (
    <>
      <PageHeader
        title={t('planner.title')}
        note={t('planner.zone', { zone })}
        actions={
          <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => onNew(address.day)}>
            {t('planner.task.new')}
          </Button>
        }
      />
      <div className={styles['page']}>
        <div className={styles['main']}>
          <PlanCard {...{ address, view, canChooseView, zone, today, weekStart, onTask, onNew, onFocus }} />
          <TaskList {...{ address, zone, onTask }} onNew={() => onNew(address.day)} />
        </div>
        <div className={styles['side']}>
          {view === 'day' ? (
            <QuickStatsWidget day={address.day} dateRange="today" />
          ) : (
            <QuickStatsWidget day={dayPlus(weekOf(address.day, weekStart), 6)} dateRange="7d" />
          )}
          <CategoriesCard />
        </div>
      </div>
      <Suspense>
        {hasOpened.task && <TaskDrawer target={task} zone={zone} today={today} onClose={() => setTask(null)} />}
        {hasOpened.focus && <FocusDrawer day={focusDay} zone={zone} onClose={() => setFocusDay(null)} />}
      </Suspense>
    </>
  )
}
