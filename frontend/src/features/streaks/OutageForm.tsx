import { Drawer, TextInput } from '@mantine/core'
import { useState, type SyntheticEvent } from 'react'

import { FormActions } from '@/parts/forms/FormActions'
import { FormFault } from '@/parts/forms/FormFault'
import { useProblems } from '@/parts/forms/useProblems'
import { useWords } from '@/words/words'

import styles from '../operations/admin.module.css'
import { browserZone, instantOf } from '../operations/zone'
import { useDraftOutage, type DraftedOutage } from './api/outages'

interface Props {
  readonly onClose: () => void
  readonly onDrafted: (outage: DraftedOutage) => void
}

/** Enters an outage as a draft, which changes nothing yet. */
export function OutageForm({ onClose, onDrafted }: Props) {
  const { t } = useWords()
  const problems = useProblems('admin')
  const draft = useDraftOutage()
  const [values, setValues] = useState({ starts: '', ends: '', reason: '' })
  const [isTried, setTried] = useState(false)
  const starts = instantOf(values.starts)
  const ends = instantOf(values.ends)
  const missing = (isMissing: boolean) => (isTried && isMissing ? t('admin.required') : undefined)
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    setTried(true)
    const reason = values.reason.trim()
    if (starts === null || ends === null || reason === '') return
    draft.mutate({ starts_at: starts, ends_at: ends, reason }, { onSuccess: onDrafted })
  }
  const field = (name: keyof typeof values, pointer: string, isMissing: boolean) => ({
    label: t(`admin.outages.${name}`),
    value: values[name],
    error: missing(isMissing) ?? problems.at(draft.error, pointer),
    required: true,
    onChange: (event: { currentTarget: { value: string } }) => setValues({ ...values, [name]: event.currentTarget.value }),
  })
  return (
    <Drawer opened onClose={onClose} position="right" title={t('admin.outages.enter')} closeButtonProps={{ 'aria-label': t('parts.close') }}>
      <form noValidate onSubmit={submit} className={styles['form']}>
        <TextInput type="datetime-local" step={1} description={t('admin.outages.zoneHelp', { zone: browserZone() })} {...field('starts', '/starts_at', starts === null)} />
        <TextInput type="datetime-local" step={1} description={t('admin.outages.endsHelp')} {...field('ends', '/ends_at', ends === null)} />
        <TextInput maxLength={200} description={t('admin.outages.reasonHelp')} {...field('reason', '/reason', values.reason.trim() === '')} />
        <FormFault text={problems.beside(draft.error, ['/starts_at', '/ends_at', '/reason'])} />
        <FormActions submit={t('admin.outages.draft')} isPending={draft.isPending} onCancel={onClose} />
      </form>
    </Drawer>
  )
}
