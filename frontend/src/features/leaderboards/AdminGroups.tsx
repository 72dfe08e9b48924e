// Groups, whose boards compare only their members: create, rename, delete, and who is in them.
import { Button } from '@mantine/core'
import { UsersRound } from 'lucide-react'
import { useState } from 'react'

import { ConfirmDialog } from '@/parts/ConfirmDialog'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { PageHeader } from '@/parts/PageHeader'
import { QueryCard } from '@/parts/cards/QueryCard'
import { RecordTable } from '@/parts/records/RecordTable'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import styles from '../operations/admin.module.css'
import { LoadMore } from '../operations/LoadMore'
import { useDeleteGroup, useGroups, type Group } from './api/groups'
import { GroupForm } from './GroupForm'
import { GroupMembers } from './GroupMembers'

type Action = 'rename' | 'delete' | 'members'
interface Asked {
  readonly group: Group
  readonly action: Action
}

export function AdminGroups() {
  const { t } = useWords()
  const groups = useGroups()
  const [isCreating, setCreating] = useState(false)
  const [asked, setAsked] = useState<Asked | null>(null)
  const close = () => setAsked(null)
  const create = (
    <Button leftSection={<UsersRound size={18} aria-hidden />} onClick={() => setCreating(true)}>
      {t('admin.groups.create')}
    </Button>
  )
  return (
    <div className={styles['page']}>
      <PageHeader title={t('operations.groups')} note={t('admin.groups.note')} actions={create} />
      <QueryCard
        title={t('admin.groups.list')}
        query={groups}
        lines={4}
        isEmpty={(all) => all.length === 0}
        empty={<EmptyPanel Icon={UsersRound} text={t('admin.groups.none')} action={create} />}
      >
        {(all) => (
          <>
            <GroupList groups={all} onAsk={setAsked} />
            <LoadMore pages={groups} />
          </>
        )}
      </QueryCard>
      {isCreating && <GroupForm group={null} onClose={() => setCreating(false)} />}
      {asked?.action === 'rename' && <GroupForm group={asked.group} onClose={close} />}
      {asked?.action === 'members' && <GroupMembers group={asked.group} onClose={close} />}
      {asked?.action === 'delete' && <Deletion group={asked.group} onClose={close} />}
    </div>
  )
}

function GroupList({ groups, onAsk }: { readonly groups: readonly Group[]; readonly onAsk: (asked: Asked) => void }) {
  const { t, format } = useWords()
  return (
    <RecordTable
      label={t('admin.groups.list')}
      rows={groups}
      rowKey={({ group_id: id }) => id}
      columns={[
        { label: t('admin.groups.name'), width: 2, cell: ({ name }) => name },
        { label: t('admin.groups.members'), isFigure: true, cell: ({ members }) => format.number(members) },
        { label: t('admin.groups.created'), width: 1.2, cell: ({ created_at: at }) => format.day(at.slice(0, 10), 'number') },
        { label: t('admin.groups.action'), width: 2.6, cell: (group) => <Actions group={group} onAsk={onAsk} /> },
      ]}
    />
  )
}

function Actions({ group, onAsk }: { readonly group: Group; readonly onAsk: (asked: Asked) => void }) {
  const { t } = useWords()
  return (
    <div className={styles['actions']}>
      {(['members', 'rename', 'delete'] as const).map((action) => (
        <Button
          key={action}
          variant="default"
          size="compact-sm"
          onClick={() => onAsk({ group, action })}
          aria-label={t(`admin.groups.${action}Named`, { name: group.name })}
        >
          {t(`admin.groups.${action}Do`)}
        </Button>
      ))}
    </div>
  )
}

function Deletion({ group, onClose }: { readonly group: Group; readonly onClose: () => void }) {
  const { t } = useWords()
  const toasts = useToasts()
  const problems = useProblems('admin')
  const remove = useDeleteGroup()
  return (
    <ConfirmDialog
      title={t('admin.groups.deleteTitle', { name: group.name })}
      action={t('admin.groups.deleteDo')}
      isDanger
      isPending={remove.isPending}
      error={problems.text(remove.error)}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(group.group_id, {
          onSuccess: () => {
            toasts.done(t('admin.groups.deleted', { name: group.name }))
            onClose()
          },
        })
      }
    >
      <p>{t('admin.groups.deleteText', { members: group.members })}</p>
    </ConfirmDialog>
  )
}
