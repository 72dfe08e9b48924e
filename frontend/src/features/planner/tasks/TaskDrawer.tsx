// A task in a drawer: a new one, or one that is there, read anew with all its slots.
import { Button, Drawer } from '@mantine/core'
import { Check, RotateCcw, Trash2 } from 'lucide-react'
import { useState } from 'react'

import { CardSkeleton } from '@/parts/cards/CardSkeleton'
import { ErrorPanel } from '@/parts/cards/ErrorPanel'
import { FormFault } from '@/parts/forms/FormFault'
import { useWords } from '@/words/words'

import { useTask } from '../api/task'
import { useTaskCompletion } from '../api/taskComplete'
import type { Task } from '../api/tasks'
import styles from '../planner.module.css'
import { TaskForm } from './TaskForm'
import { useDeletion } from './useDeletion'

/** What the drawer is open for. */
export type TaskTarget = { readonly taskId: string } | { readonly newOn: string }

interface Props {
  readonly target: TaskTarget | null
  readonly zone: string
  readonly today: string
  readonly onClose: () => void
}

export function TaskDrawer({ target, onClose, ...rest }: Props) {
  const { t } = useWords()
  const isNew = target !== null && 'newOn' in target
  return (
    <Drawer
      opened={target !== null}
      onClose={onClose}
      position="right"
      title={t(isNew ? 'planner.task.new' : 'planner.task.edit')}
      closeButtonProps={{ 'aria-label': t('planner.close') }}
    >
      {target !== null && 'newOn' in target && <TaskForm task={null} day={target.newOn} zone={rest.zone} onClose={onClose} />}
      {target !== null && 'taskId' in target && <ExistingTask key={target.taskId} taskId={target.taskId} onClose={onClose} {...rest} />}
    </Drawer>
  )
}

interface ExistingProps {
  readonly taskId: string
  readonly zone: string
  readonly today: string
  readonly onClose: () => void
}

function ExistingTask({ taskId, zone, today, onClose }: ExistingProps) {
  const { t } = useWords()
  const query = useTask(taskId)
  const [restarts, setRestarts] = useState(0)
  if (query.data === undefined) {
    if (query.error === null) return <CardSkeleton title={t('planner.task.edit')} lines={8} />
    return <ErrorPanel error={query.error} text={t('planner.task.missing')} retry={() => void query.refetch()} />
  }
  return (
    <>
      <Actions task={query.data} onClose={onClose} />
      {/* What is being typed stays, also when the task is read again; only a refused change begins anew. */}
      <TaskForm
        key={restarts}
        task={query.data}
        day={query.data.due_day ?? today}
        onStale={() => void query.refetch().then(() => setRestarts((before) => before + 1))}
        {...{ zone, onClose }}
      />
    </>
  )
}

function Actions({ task, onClose }: { readonly task: Task; readonly onClose: () => void }) {
  const { t } = useWords()
  const completion = useTaskCompletion()
  const { remove } = useDeletion()
  const isDone = task.status === 'completed'
  return (
    <div className={styles['formActions']}>
      <Button
        variant="default"
        loading={completion.isPending}
        leftSection={isDone ? <RotateCcw size={16} aria-hidden /> : <Check size={16} aria-hidden />}
        onClick={() => completion.mutate({ taskId: task.task_id, isDone: !isDone }, { onSuccess: onClose })}
      >
        {t(isDone ? 'planner.task.reopen' : 'planner.task.complete')}
      </Button>
      <Button
        variant="subtle"
        color="red"
        leftSection={<Trash2 size={16} aria-hidden />}
        onClick={() => {
          onClose()
          remove(task.task_id, task.title)
        }}
      >
        {t('planner.task.delete')}
      </Button>
      <FormFault text={completion.isError ? t('planner.completion.failed') : undefined} />
    </div>
  )
}
