import { Button, Drawer, Textarea } from '@mantine/core'
import { useState, type SyntheticEvent } from 'react'

import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { FormFault } from '@/parts/forms/FormFault'
import { QueryCard } from '@/parts/cards/QueryCard'
import { RecordTable } from '@/parts/records/RecordTable'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import styles from '../operations/admin.module.css'
import { LearnerLink } from '../operations/LearnerLink'
import { LoadMore } from '../operations/LoadMore'
import { browserZone } from '../operations/zone'
import type { Group } from './api/groups'
import { useAddMembers, useMembers, useRemoveMember } from './api/members'

interface Props {
  readonly group: Group
  readonly onClose: () => void
}

/** Who is in a group, and putting learners in or taking them out. */
export function GroupMembers({ group, onClose }: Props) {
  const { t, format } = useWords()
  const members = useMembers(group.group_id)
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={t('admin.groups.membersNamed', { name: group.name })}
      closeButtonProps={{ 'aria-label': t('parts.close') }}
    >
      <div className={styles['page']}>
        <AddMembers group={group} />
        <QueryCard
          title={t('admin.groups.members')}
          query={members}
          lines={4}
          isEmpty={(all) => all.length === 0}
          empty={<EmptyPanel text={t('admin.groups.noMembers')} />}
        >
          {(all) => (
            <>
              <RecordTable
                label={t('admin.groups.members')}
                rows={all}
                rowKey={({ learner_id: id }) => id}
                columns={[
                  { label: t('admin.audit.learner'), width: 1.4, cell: ({ learner_id: id }) => <LearnerLink id={id} /> },
                  { label: t('admin.groups.added'), width: 1.6, cell: ({ added_at: at }) => format.moment(at, browserZone()) },
                  { label: t('admin.groups.action'), cell: ({ learner_id: id }) => <Remove group={group} learner={id} /> },
                ]}
              />
              <LoadMore pages={members} />
            </>
          )}
        </QueryCard>
      </div>
    </Drawer>
  )
}

function AddMembers({ group }: { readonly group: Group }) {
  const { t } = useWords()
  const toasts = useToasts()
  const problems = useProblems('admin')
  const add = useAddMembers(group.group_id)
  const [text, setText] = useState('')
  const [isTried, setTried] = useState(false)
  const learners = text.split(/[\s,;]+/).filter((name) => name !== '')
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    setTried(true)
    if (learners.length === 0) return
    add.mutate(learners, {
      onSuccess: ({ added_learner_ids: added }) => {
        toasts.done(t('admin.groups.addedCount', { added: added.length }))
        setText('')
        setTried(false)
      },
    })
  }
  const missing = isTried && learners.length === 0 ? t('admin.required') : undefined
  return (
    <form noValidate onSubmit={submit} className={styles['form']}>
      <Textarea
        label={t('admin.groups.add')}
        description={t('admin.groups.addHelp')}
        rows={3}
        value={text}
        error={missing ?? problems.at(add.error, '/learner_ids') ?? problems.text(add.error)}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <div className={styles['actions']}>
        <Button type="submit" loading={add.isPending}>
          {t('admin.groups.addDo')}
        </Button>
      </div>
    </form>
  )
}

/** Without asking: putting the learner in again takes it back. */
function Remove({ group, learner }: { readonly group: Group; readonly learner: string }) {
  const { t } = useWords()
  const toasts = useToasts()
  const problems = useProblems('admin')
  const remove = useRemoveMember(group.group_id, () => toasts.done(t('admin.groups.removed')))
  return (
    <>
      <Button
        variant="default"
        size="compact-sm"
        loading={remove.isPending}
        aria-label={t('admin.groups.removeNamed', { id: learner.slice(0, 8) })}
        onClick={() => remove.mutate(learner)}
      >
        {t('admin.groups.remove')}
      </Button>
      <FormFault text={problems.text(remove.error)} />
    </>
  )
}
