import { NativeSelect, NumberInput, TextInput } from '@mantine/core'
import { useState } from 'react'

import { useCategories } from '@/features/planner/api/categories'
import { FormActions } from '@/parts/forms/FormActions'
import { FormFault } from '@/parts/forms/FormFault'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import { useUpdateGoal } from './api/goal'
import { useCreateGoal, type Goal, type GoalContent } from './api/goals'
import {
  contentOf, draftOf, isPossible, largestTarget, PERIODS, takesCategory, takesTopic, TARGET_TYPES, type Draft,
} from './draft'
import styles from './goals.module.css'

const FIELDS = ['/name', '/target_type', '/time_period', '/target_value', '/category_id', '/topic']
const LONGEST = 100

interface Props {
  readonly goal: Goal | null
  readonly onClose: () => void
}

function useSaving(goal: Goal | null, onClose: () => void) {
  const { t } = useWords()
  const toasts = useToasts()
  const [key] = useState(() => crypto.randomUUID())
  const create = useCreateGoal()
  const update = useUpdateGoal()
  const done = {
    onSuccess: ({ name }: { name: string }) => {
      toasts.done(t('goals.form.saved', { name }))
      onClose()
    },
  }
  const save = (content: GoalContent) => {
    if (goal === null) create.mutate({ content, key }, done)
    else update.mutate({ goal, content }, done)
  }
  return { save, error: create.error ?? update.error, isPending: create.isPending || update.isPending }
}

/** The fields of a goal. What cannot be is said at once at its field; the service has the last word. */
export function GoalForm({ goal, onClose }: Props) {
  const { t } = useWords()
  const [draft, setDraft] = useState(() => draftOf(goal))
  const [isChecked, setChecked] = useState(false)
  const { save, error, isPending } = useSaving(goal, onClose)
  const problems = useProblems('goals')
  const faultAt = (pointer: string) => problems.at(error, pointer)
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }))
  const submit = () => {
    setChecked(true)
    const content = contentOf(draft)
    if (content !== null) save(content)
  }
  return (
    <form
      className={styles['form']}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <TextInput
        label={t('goals.form.name')}
        description={t('goals.form.name.help')}
        required
        data-autofocus
        maxLength={LONGEST}
        value={draft.name}
        error={isChecked && draft.name.trim() === '' ? t('goals.form.name.blank') : faultAt('/name')}
        onChange={({ currentTarget: { value } }) => set({ name: value })}
      />
      <TargetFields draft={draft} set={set} faultAt={faultAt} />
      <PlaceFields draft={draft} set={set} faultAt={faultAt} />
      <FormFault text={problems.beside(error, FIELDS)} />
      <FormActions submit={t(goal === null ? 'goals.form.create' : 'goals.form.save')} isPending={isPending} onCancel={onClose} />
    </form>
  )
}

interface FieldProps {
  readonly draft: Draft
  readonly set: (change: Partial<Draft>) => void
  readonly faultAt: (pointer: string) => string | undefined
}

/** What is counted, how much of it, and in which time. */
function TargetFields({ draft, set, faultAt }: FieldProps) {
  const { t, format } = useWords()
  const most = largestTarget(draft)
  return (
    <>
      <NativeSelect
        label={t('goals.form.type')}
        description={t(`goals.form.type.${draft.type}`)}
        value={draft.type}
        error={faultAt('/target_type')}
        data={TARGET_TYPES.map((value) => ({ value, label: t(`goals.type.${value}`) }))}
        onChange={({ currentTarget: { value } }) => set({ type: TARGET_TYPES.find((one) => one === value) ?? 'minutes' })}
      />
      <NativeSelect
        label={t('goals.form.period')}
        value={draft.period}
        error={faultAt('/time_period')}
        data={PERIODS.map((value) => ({ value, label: t(`goals.period.${value}`) }))}
        onChange={({ currentTarget: { value } }) => set({ period: PERIODS.find((one) => one === value) ?? 'weekly' })}
      />
      <NumberInput
        label={t('goals.form.target')}
        description={t('goals.form.target.help', { most: format.number(most) })}
        required
        min={1}
        allowDecimal={false}
        allowNegative={false}
        value={draft.target}
        error={isPossible(draft) ? faultAt('/target_value') : t('goals.form.target.wrong', { most: format.number(most) })}
        onChange={(value) => set({ target: value === '' ? '' : Number(value) })}
      />
    </>
  )
}

/** Where it counts: everywhere, in one category, or in one topic. */
function PlaceFields({ draft, set, faultAt }: FieldProps) {
  const { t } = useWords()
  const categories = useCategories()
  return (
    <>
      {takesCategory(draft) && (
        <NativeSelect
          label={t('goals.form.category')}
          description={t('goals.form.category.help')}
          value={draft.category}
          error={faultAt('/category_id')}
          data={[
            { value: '', label: t('goals.form.category.all') },
            ...(categories.data?.categories ?? []).map(({ category_id: value, name: label }) => ({ value, label })),
            { value: 'uncategorised', label: t('goals.uncategorised') },
          ]}
          onChange={({ currentTarget: { value } }) => set({ category: value })}
        />
      )}
      {takesTopic(draft) && (
        <TextInput
          label={t('goals.form.topic')}
          description={t('goals.form.topic.help')}
          maxLength={LONGEST}
          value={draft.topic}
          error={faultAt('/topic')}
          onChange={({ currentTarget: { value } }) => set({ topic: value })}
        />
      )}
    </>
  )
}
