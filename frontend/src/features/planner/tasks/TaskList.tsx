// Tasks as a list: also those that no day of the week shows.
import { Button, Checkbox, NativeSelect, UnstyledButton } from '@mantine/core'
import { ListTodo } from 'lucide-react'
import type { CSSProperties } from 'react'

import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { FormFault } from '@/parts/forms/FormFault'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords } from '@/words/words'

import { useCategories, type Category } from '../api/categories'
import { useTaskCompletion } from '../api/taskComplete'
import { useTasks, type Task } from '../api/tasks'
import { colourOf } from '../colours'
import styles from '../planner.module.css'
import { useDeletion } from './useDeletion'
import { SHOWN, type PlannerAddress } from '../usePlannerAddress'

interface Props {
  readonly address: PlannerAddress
  readonly zone: string
  readonly onTask: (taskId: string) => void
  readonly onNew: () => void
}

export function TaskList({ address, zone, onTask, onNew }: Props) {
  const { t } = useWords()
  const { shown, category } = address
  const inCategory = category === null ? {} : { category_id: category }
  const isTodo = shown === 'todo'
  // What is begun stands before what is not.
  const begun = useTasks({ ...inCategory, status: 'in_progress', sort: 'due_day' }, isTodo)
  const query = useTasks(
    isTodo
      ? { ...inCategory, status: 'pending', sort: 'due_day' }
      : { ...inCategory, sort: 'created_at', ...(shown === 'completed' && { status: 'completed' }) },
  )
  const before = isTodo ? (begun.data?.pages ?? []) : []
  const next = isTodo && begun.hasNextPage ? begun : query
  const categories = useCategories().data?.categories ?? []
  const isFiltered = !isTodo || category !== null
  const clear = () => address.filter({ tasks: '', category: '' })
  return (
    <QueryCard
      title={t('planner.tasks')}
      query={query}
      lines={8}
      errorText={t('planner.tasks.error')}
      aside={<Filters address={address} categories={categories} />}
      isEmpty={({ pages }) => [...before, ...pages].every(({ tasks }) => tasks.length === 0)}
      empty={
        <EmptyPanel
          Icon={ListTodo}
          text={t(isFiltered ? 'planner.tasks.none' : 'planner.tasks.empty')}
          action={
            <Button variant="default" onClick={isFiltered ? clear : onNew}>
              {t(isFiltered ? 'planner.tasks.clear' : 'planner.tasks.first')}
            </Button>
          }
        />
      }
    >
      {({ pages }) => (
        <>
          <Rows tasks={[...before, ...pages].flatMap(({ tasks }) => tasks)} {...{ categories, zone, onTask }} />
          {next.hasNextPage && (
            <Button variant="default" loading={next.isFetchingNextPage} onClick={() => void next.fetchNextPage()}>
              {t('planner.tasks.more')}
            </Button>
          )}
        </>
      )}
    </QueryCard>
  )
}

function Filters({ address, categories }: { readonly address: PlannerAddress; readonly categories: readonly Category[] }) {
  const { t } = useWords()
  return (
    <div className={styles['filters']}>
      <NativeSelect
        aria-label={t('planner.filter.shown')}
        value={address.shown}
        data={SHOWN.map((value) => ({ value, label: t(`planner.shown.${value}`) }))}
        onChange={({ currentTarget: { value } }) => address.filter({ tasks: value === SHOWN[0] ? '' : value })}
      />
      <NativeSelect
        aria-label={t('planner.filter.category')}
        value={address.category ?? ''}
        data={[
          { value: '', label: t('planner.filter.anyCategory') },
          ...categories.map(({ category_id, name }) => ({ value: category_id, label: name })),
          { value: 'uncategorised', label: t('planner.uncategorised') },
        ]}
        onChange={({ currentTarget: { value } }) => address.filter({ category: value })}
      />
    </div>
  )
}

interface RowsProps {
  readonly tasks: readonly Task[]
  readonly categories: readonly Category[]
  readonly zone: string
  readonly onTask: (taskId: string) => void
}

function Rows({ tasks, ...props }: RowsProps) {
  const { t } = useWords()
  const { isHidden } = useDeletion()
  const completion = useTaskCompletion()
  const asked = completion.isPending ? completion.variables.taskId : null
  return (
    <>
      <FormFault text={completion.isError ? t('planner.completion.failed') : undefined} />
      <ul className={styles['tasks']}>
        {tasks
          .filter(({ task_id }) => !isHidden(task_id))
          .map((task) => (
            <Row
              key={task.task_id}
              task={task}
              isBusy={asked === task.task_id}
              onDone={(isDone) => completion.mutate({ taskId: task.task_id, isDone })}
              {...props}
            />
          ))}
      </ul>
    </>
  )
}

interface RowProps extends Omit<RowsProps, 'tasks'> {
  readonly task: Task
  readonly isBusy: boolean
  readonly onDone: (isDone: boolean) => void
}

function Row({ task, categories, zone, isBusy, onTask, onDone }: RowProps) {
  const { t, format } = useWords()
  const tone: CSSProperties = { '--tone': colourOf(categories, task.category_id) }
  const category = categories.find(({ category_id }) => category_id === task.category_id)?.name
  const [slot, ...others] = task.scheduled_slots
  const isDone = task.status === 'completed'
  return (
    <li className={styles['task']} data-done={isDone}>
      <Checkbox
        aria-label={t('planner.task.done', { title: task.title })}
        checked={isBusy ? !isDone : isDone}
        aria-busy={isBusy}
        onChange={({ currentTarget: { checked } }) => {
          if (!isBusy) onDone(checked)
        }}
      />
      <div>
        <UnstyledButton className={styles['taskTitle'] ?? ''} onClick={() => onTask(task.task_id)}>
          {task.title}
        </UnstyledButton>
        <p className={`note ${styles['taskNotes'] ?? ''}`}>
          <span>
            <span className={styles['swatch']} style={tone} /> {category ?? t('planner.uncategorised')}
          </span>
          {task.status === 'in_progress' && <span>{t('planner.status.in_progress')}</span>}
          {task.due_day !== null && <span>{t('planner.task.dueOn', { day: format.day(task.due_day, 'short') })}</span>}
          {slot !== undefined && (
            <span>
              {t('planner.task.plannedAt', { from: format.instant(slot.starts_at, zone), to: format.time(slot.ends_at, zone), others: others.length })}
            </span>
          )}
        </p>
      </div>
    </li>
  )
}
