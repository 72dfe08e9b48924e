import { Button, Checkbox, TextInput } from '@mantine/core'
import { useId, useState, type SyntheticEvent } from 'react'

import { useMe } from '@/features/learners/api/me'
import { FormFault } from '@/parts/forms/FormFault'
import { useProblems } from '@/parts/forms/useProblems'
import { useWords } from '@/words/words'

import { useCreateShare, type NewShare } from './api/create-share'
import type { ShareField } from './api/shares'
import { CreatedShare } from './CreatedShare'
import styles from './sharing.module.css'

const FIELDS: readonly ShareField[] = [
  'display_name', 'current_streak', 'longest_streak', 'exercises', 'minutes', 'points', 'badges', 'heatmap',
]

interface Props {
  /** The badge to share; the progress page without one. */
  readonly badge?: { readonly code: string; readonly title: string }
}

/** Makes a public link to a badge or to the progress page, with the chosen fields and, if wanted, a last day. */
export function ShareForm({ badge }: Props) {
  const { t } = useWords()
  const me = useMe().data
  const create = useCreateShare()
  const [fields, setFields] = useState<readonly ShareField[]>([])
  const [endsOn, setEndsOn] = useState('')
  const [key, setKey] = useState(() => crypto.randomUUID())
  const [isChecked, setChecked] = useState(false)
  const faults = useFaults(badge === undefined && fields.length === 0, endsOn, me?.local_day, isChecked, create.error)
  const change = (apply: () => void) => {
    apply()
    // What is sent next is another share.
    setKey(crypto.randomUUID())
    if (create.isError) create.reset()
  }
  const send = (event: SyntheticEvent) => {
    event.preventDefault()
    setChecked(true)
    if (!faults.isSendable) return
    const chosen: NewShare = {
      kind: badge === undefined ? 'progress' : 'badge',
      ...(badge !== undefined && { code: badge.code }),
      fields: FIELDS.filter((field) => fields.includes(field)),
      ends_on: endsOn === '' ? null : endsOn,
    }
    create.mutate({ body: chosen, key })
  }
  if (create.data !== undefined) return <CreatedShare share={create.data} />
  return (
    <form className={styles['form']} onSubmit={send} noValidate aria-label={t(badge ? 'sharing.new.badge' : 'sharing.new')}>
      <p className="note">{t('sharing.public')}</p>
      {me?.quiet === true && <p role="alert">{t('sharing.server.learner_is_quiet')}</p>}
      <Fields
        offered={badge === undefined ? FIELDS : ['display_name']}
        chosen={fields}
        name={me?.display_name ?? null}
        fault={faults.fields}
        onChange={(next) => change(() => setFields(next))}
      />
      <TextInput
        type="date"
        label={t('sharing.endsOn')}
        description={t('sharing.endsOn.help')}
        value={endsOn}
        onChange={(event) => change(() => setEndsOn(event.currentTarget.value))}
        {...(me && { min: me.local_day })}
        error={faults.endsOn}
      />
      <FormFault text={faults.other} />
      <Button type="submit" loading={create.isPending} disabled={me?.quiet === true}>
        {t('sharing.create')}
      </Button>
    </form>
  )
}

/** What is wrong with the form: at once where the browser knows it, else as the service says. */
function useFaults(isEmpty: boolean, endsOn: string, today: string | undefined, isChecked: boolean, error: Error | null) {
  const { t } = useWords()
  const problems = useProblems('sharing')
  const isPast = endsOn !== '' && today !== undefined && endsOn < today
  return {
    fields: isChecked && isEmpty ? t('sharing.server.empty') : problems.at(error, '/fields'),
    endsOn: isPast ? t('sharing.server.in_the_past') : problems.at(error, '/ends_on'),
    other: problems.beside(error, ['/fields', '/ends_on']),
    isSendable: !isEmpty && !isPast,
  }
}

interface FieldsProps {
  readonly offered: readonly ShareField[]
  readonly chosen: readonly ShareField[]
  /** The name that others see; null if none is chosen. */
  readonly name: string | null
  readonly fault: string | undefined
  readonly onChange: (chosen: readonly ShareField[]) => void
}

function Fields({ offered, chosen, name, fault, onChange }: FieldsProps) {
  const { t } = useWords()
  const id = useId()
  const nameNote = name === null ? t('sharing.field.noName') : t('sharing.field.name', { name })
  return (
    <fieldset className={styles['fields']} aria-describedby={fault === undefined ? undefined : id}>
      <legend>{t('sharing.fields')}</legend>
      {offered.map((field) => (
        <Checkbox
          key={field}
          label={t(`sharing.field.${field}`)}
          description={field === 'display_name' ? nameNote : undefined}
          checked={chosen.includes(field)}
          onChange={(event) =>
            onChange(event.currentTarget.checked ? [...chosen, field] : chosen.filter((one) => one !== field))
          }
        />
      ))}
      {fault !== undefined && (
        <p id={id} role="alert" className={styles['fault']}>
          {fault}
        </p>
      )}
    </fieldset>
  )
}
