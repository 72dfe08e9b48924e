import { Drawer, TextInput } from '@mantine/core'
import { useState, type SyntheticEvent } from 'react'

import { FormActions } from '@/parts/forms/FormActions'
import { FormFault } from '@/parts/forms/FormFault'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import styles from '../operations/admin.module.css'
import { useSaveGroup, type Group } from './api/groups'

interface Props {
  /** The group to rename; null creates one. */
  readonly group: Group | null
  readonly onClose: () => void
}

export function GroupForm({ group, onClose }: Props) {
  const { t } = useWords()
  const toasts = useToasts()
  const problems = useProblems('admin')
  const save = useSaveGroup()
  const [name, setName] = useState(group?.name ?? '')
  const [isTried, setTried] = useState(false)
  const isMissing = name.trim() === ''
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    setTried(true)
    if (isMissing) return
    save.mutate(
      { id: group?.group_id ?? null, name: name.trim() },
      {
        onSuccess: (saved) => {
          toasts.done(t('admin.groups.saved', { name: saved.name }))
          onClose()
        },
      },
    )
  }
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      title={group === null ? t('admin.groups.create') : t('admin.groups.renameNamed', { name: group.name })}
      closeButtonProps={{ 'aria-label': t('parts.close') }}
    >
      <form noValidate onSubmit={submit} className={styles['form']}>
        <TextInput
          label={t('admin.groups.name')}
          description={t('admin.groups.nameHelp')}
          required
          maxLength={100}
          value={name}
          error={isTried && isMissing ? t('admin.required') : problems.at(save.error, '/name')}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <FormFault text={problems.beside(save.error, ['/name'])} />
        <FormActions submit={t('admin.save')} isPending={save.isPending} onCancel={onClose} />
      </form>
    </Drawer>
  )
}
