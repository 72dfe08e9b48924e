import { NativeSelect, TextInput } from '@mantine/core'
import { useState } from 'react'

import { Problem } from '@/api/problems'
import { FormActions } from '@/parts/forms/FormActions'
import { FormFault } from '@/parts/forms/FormFault'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import type { SlotIn } from '../api/calendarDay'
import { useCategories } from '../api/categories'
import { useChangeTask } from '../api/task'
import { useCreateTask, type Task } from '../api/tasks'
import styles from '../planner.module.css'
import { SlotEditor } from './SlotEditor'
import { isReversed, slotFields, slotIn, type SlotFields } from './slots'

const FIELDS = ['/title', '/category_id', '/due_day', '/status', '/scheduled_slots'] as const
const LONGEST_TITLE = 200

interface Props {
  /** Null for a new one. */
  readonly task: Task | null
  /** Where a slot that is added begins. */
  readonly day: string
  readonly zone: string
  readonly onClose: () => void
  /** The task has changed elsewhere since it was read. */
  readonly onStale?: () => void
}

interface Fields {
  readonly title: string
  readonly categoryId: string
  readonly status: Task['status']
  readonly dueDay: string
}

function fieldsOf(task: Task | null, day: string): Fields {
  if (task === null) return { title: '', categoryId: '', status: 'pending', dueDay: day }
  return { title: task.title, categoryId: task.category_id ?? '', status: task.status, dueDay: task.due_day ?? '' }
}

/** What the form sends; null while a slot is not whole. */
function bodyOf(fields: Fields, slots: readonly SlotFields[], zone: string) {
  const sent = slots.map((slot) => (isReversed(slot, zone) ? null : slotIn(slot, zone)))
  if (sent.includes(null)) return null
  return {
    title: fields.title.trim(),
    category_id: fields.categoryId === '' ? null : fields.categoryId,
    due_day: fields.dueDay === '' ? null : fields.dueDay,
    scheduled_slots: sent.filter((slot): slot is SlotIn => slot !== null),
    // Completing has an action of its own.
    ...(fields.status !== 'completed' && { status: fields.status }),
  }
}

function useSaving({ task: shown, onClose, onStale }: Props) {
  const { t } = useWords()
  const toasts = useToasts()
  // The state that the form began with: what has changed since must not be overwritten unseen.
  const [task] = useState(shown)
  const [key] = useState(() => crypto.randomUUID())
  const create = useCreateTask()
  const change = useChangeTask()
  const done = () => {
    toasts.done(t(task === null ? 'planner.created' : 'planner.saved'))
    onClose()
  }
  const save = (body: NonNullable<ReturnType<typeof bodyOf>>) => {
    if (task === null) {
      create.mutate({ body, key }, { onSuccess: done })
      return
    }
    const onError = (error: Error) => {
      if (!(error instanceof Problem) || error.status !== 412) return
      toasts.done(t('planner.stale'))
      onStale?.()
    }
    change.mutate({ taskId: task.task_id, etag: task.etag, body }, { onSuccess: done, onError })
  }
  return { save, error: create.error ?? change.error, isPending: create.isPending || change.isPending }
}

export function TaskForm(props: Props) {
  const { task, day, zone, onClose } = props
  const { t } = useWords()
  const problems = useProblems('planner')
  const [fields, setFields] = useState(() => fieldsOf(task, day))
  const [slots, setSlots] = useState<readonly SlotFields[]>(() => (task?.scheduled_slots ?? []).map((slot) => slotFields(slot, zone)))
  const [isChecked, setChecked] = useState(false)
  const { save, error, isPending } = useSaving(props)
  const submit = () => {
    setChecked(true)
    const body = bodyOf(fields, slots, zone)
    if (body !== null && body.title !== '') save(body)
  }
  const whole = problems.beside(error, FIELDS)
  return (
    <form
      className={styles['form']}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Inputs {...{ fields, error, isChecked }} onFields={(next) => setFields({ ...fields, ...next })} />
      <SlotEditor
        legend={t('planner.task.slots')}
        help={t('planner.task.slots.help', { zone })}
        day={fields.dueDay === '' ? day : fields.dueDay}
        onSlots={setSlots}
        faultOfSlot={(place) => problems.at(error, `/scheduled_slots/${place}`)}
        {...{ slots, zone, isChecked }}
      />
      <FormFault text={whole} />
      <FormActions submit={t(task === null ? 'planner.task.create' : 'planner.save')} isPending={isPending} onCancel={onClose} />
    </form>
  )
}

interface InputsProps {
  readonly fields: Fields
  readonly onFields: (fields: Partial<Fields>) => void
  readonly error: Error | null
  readonly isChecked: boolean
}

function Inputs({ fields, onFields, error, isChecked }: InputsProps) {
  const { t } = useWords()
  const problems = useProblems('planner')
  const categories = useCategories()
  const isBlank = isChecked && fields.title.trim() === ''
  return (
    <>
      <TextInput
        label={t('planner.task.title')}
        description={t('planner.task.title.help')}
        required
        maxLength={LONGEST_TITLE}
        data-autofocus
        value={fields.title}
        error={isBlank ? t('planner.task.title.blank') : problems.at(error, '/title')}
        onChange={({ currentTarget: { value } }) => onFields({ title: value })}
      />
      <TextInput
        type="date"
        label={t('planner.task.due')}
        description={t('planner.task.due.help')}
        value={fields.dueDay}
        error={problems.at(error, '/due_day')}
        onChange={({ currentTarget: { value } }) => onFields({ dueDay: value })}
      />
      <NativeSelect
        label={t('planner.task.category')}
        description={t('planner.task.category.help')}
        value={fields.categoryId}
        error={problems.at(error, '/category_id')}
        data={[
          { value: '', label: t('planner.uncategorised') },
          ...(categories.data?.categories ?? []).map(({ category_id, name }) => ({ value: category_id, label: name })),
        ]}
        onChange={({ currentTarget: { value } }) => onFields({ categoryId: value })}
      />
      {fields.status !== 'completed' && (
        <NativeSelect
          label={t('planner.task.status')}
          value={fields.status}
          error={problems.at(error, '/status')}
          data={[
            { value: 'pending', label: t('planner.status.pending') },
            { value: 'in_progress', label: t('planner.status.in_progress') },
          ]}
          onChange={({ currentTarget: { value } }) => onFields({ status: value === 'in_progress' ? value : 'pending' })}
        />
      )}
    </>
  )
}
