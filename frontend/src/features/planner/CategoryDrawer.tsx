// A category by form, and its end: where its tasks go is chosen before it is deleted.
import { Button, Drawer, NativeSelect, Radio, TextInput } from '@mantine/core'
import { useState, type CSSProperties } from 'react'

import { FormActions } from '@/parts/forms/FormActions'
import { FormFault } from '@/parts/forms/FormFault'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import { useCreateCategory, type Category } from './api/categories'
import { useChangeCategory, useDeleteCategory } from './api/category'
import { COLOURS, swatch, type Colour } from './colours'
import styles from './planner.module.css'

export type CategoryTarget = Category | 'new'

interface Props {
  readonly target: CategoryTarget | null
  readonly categories: readonly Category[]
  readonly onClose: () => void
}

const LONGEST_NAME = 100
const LAST = 'last'

export function CategoryDrawer({ target, categories, onClose }: Props) {
  const { t } = useWords()
  return (
    <Drawer
      opened={target !== null}
      onClose={onClose}
      position="right"
      title={target === null || target === 'new' ? t('planner.category.new') : t('planner.category.edit', { name: target.name })}
      closeButtonProps={{ 'aria-label': t('planner.close') }}
    >
      {target !== null && <CategoryForm category={target === 'new' ? null : target} {...{ categories, onClose }} />}
      {target !== null && target !== 'new' && <Deletion category={target} {...{ categories, onClose }} />}
    </Drawer>
  )
}

interface FormProps {
  readonly category: Category | null
  readonly categories: readonly Category[]
  readonly onClose: () => void
}

/** The first colour that no category has yet. */
function freeColour(categories: readonly Category[]): Colour {
  return COLOURS.find((colour) => categories.every((one) => one.color !== colour)) ?? 'petrol'
}

function useSaving(category: Category | null, onClose: () => void) {
  const { t } = useWords()
  const toasts = useToasts()
  const [key] = useState(() => crypto.randomUUID())
  const create = useCreateCategory()
  const change = useChangeCategory()
  const onSuccess = () => {
    toasts.done(t('planner.category.saved'))
    onClose()
  }
  const save = (body: { name: string; color: Colour; position?: number }) => {
    if (category === null) create.mutate({ body, key }, { onSuccess })
    else change.mutate({ category, body }, { onSuccess })
  }
  return { save, error: create.error ?? change.error, isPending: create.isPending || change.isPending }
}

function CategoryForm({ category, categories, onClose }: FormProps) {
  const { t } = useWords()
  const problems = useProblems('planner')
  const [name, setName] = useState(category?.name ?? '')
  const [colour, setColour] = useState<Colour>(category?.color ?? freeColour(categories))
  const [place, setPlace] = useState(category === null ? LAST : String(category.position))
  const [isChecked, setChecked] = useState(false)
  const { save, error, isPending } = useSaving(category, onClose)
  const submit = () => {
    setChecked(true)
    if (name.trim() === '') return
    save({ name: name.trim(), color: colour, ...(place !== LAST && { position: Number(place) }) })
  }
  const whole = problems.beside(error, ['/name', '/color', '/position'])
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
        label={t('planner.category.name')}
        description={t('planner.category.name.help')}
        required
        maxLength={LONGEST_NAME}
        data-autofocus
        value={name}
        error={isChecked && name.trim() === '' ? t('planner.category.name.blank') : problems.at(error, '/name')}
        onChange={({ currentTarget: { value } }) => setName(value)}
      />
      <ColourChoice colour={colour} onColour={setColour} error={problems.at(error, '/color')} />
      <NativeSelect
        label={t('planner.category.place')}
        value={place}
        error={problems.at(error, '/position')}
        data={[
          ...categories.map(({ position }) => ({ value: String(position), label: String(position + 1) })),
          ...(category === null ? [{ value: LAST, label: t('planner.category.place.last') }] : []),
        ]}
        onChange={({ currentTarget: { value } }) => setPlace(value)}
      />
      <FormFault text={whole} />
      <FormActions submit={t(category === null ? 'planner.category.create' : 'planner.save')} isPending={isPending} onCancel={onClose} />
    </form>
  )
}

interface ColourProps {
  readonly colour: Colour
  readonly onColour: (colour: Colour) => void
  readonly error: string | undefined
}

function ColourChoice({ colour, onColour, error }: ColourProps) {
  const { t } = useWords()
  const choose = (value: string) => onColour(COLOURS.find((one) => one === value) ?? 'petrol')
  return (
    <Radio.Group label={t('planner.category.colour')} value={colour} onChange={choose} error={error}>
      <div className={styles['colours']}>
        {COLOURS.map((one) => {
          const tone: CSSProperties = { '--tone': swatch(one) }
          return (
            <Radio
              key={one}
              value={one}
              label={
                <>
                  <span className={styles['swatch']} style={tone} /> {t(`planner.colour.${one}`)}
                </>
              }
            />
          )
        })}
      </div>
    </Radio.Group>
  )
}

const NONE = 'uncategorised'

function Deletion({ category, categories, onClose }: FormProps & { readonly category: Category }) {
  const { t } = useWords()
  const problems = useProblems('planner')
  const [moveTo, setMoveTo] = useState(NONE)
  const deletion = useDeleteCategory()
  const toasts = useToasts()
  const others = categories.filter(({ category_id }) => category_id !== category.category_id)
  const remove = () =>
    deletion.mutate(
      { category, moveTo },
      {
        onSuccess: ({ moved_tasks_count: tasks, archived_goal_ids: goals }) => {
          const message = t('planner.category.deleted', { name: category.name, tasks, goals: goals.length })
          toasts.done(message)
          onClose()
        },
      },
    )
  const whole = problems.beside(deletion.error, ['/move_to'])
  return (
    <section className={styles['danger']} aria-label={t('planner.category.delete')}>
      <h3>{t('planner.category.delete')}</h3>
      <p className="note">{t('planner.category.delete.text')}</p>
      <NativeSelect
        label={t('planner.category.moveTo')}
        value={moveTo}
        error={problems.at(deletion.error, '/move_to')}
        data={[
          { value: NONE, label: t('planner.category.moveTo.none') },
          ...others.map(({ category_id, name }) => ({ value: category_id, label: name })),
        ]}
        onChange={({ currentTarget: { value } }) => setMoveTo(value)}
      />
      <FormFault text={whole} />
      <Button color="red" variant="outline" loading={deletion.isPending} onClick={remove}>
        {t('planner.category.delete.confirm', { name: category.name })}
      </Button>
    </section>
  )
}
