// Outages: entered as a draft with a dry run, activated for all learners, and withdrawn if they were a mistake.
import { Button } from '@mantine/core'
import { CircleCheck, CirclePlus, PencilLine, Undo2 } from 'lucide-react'
import { useState } from 'react'

import type { Answer } from '@/api/client'
import { Chip } from '@/parts/Chip'
import { ConfirmDialog } from '@/parts/ConfirmDialog'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { PageHeader } from '@/parts/PageHeader'
import { QueryCard } from '@/parts/cards/QueryCard'
import { RecordTable } from '@/parts/records/RecordTable'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import styles from '../operations/admin.module.css'
import { browserZone } from '../operations/zone'
import { useActivateOutage, useOutages, useWithdrawOutage, type DraftedOutage, type Outage } from './api/outages'
import { OutageForm } from './OutageForm'

type Change = 'activate' | 'withdraw'
interface Asked {
  readonly outage: Outage
  readonly change: Change
}

const STATES = {
  draft: { Icon: PencilLine, tone: 'plain' },
  active: { Icon: CircleCheck, tone: 'earned' },
  withdrawn: { Icon: Undo2, tone: 'excused' },
} as const

export function AdminOutages() {
  const { t } = useWords()
  const outages = useOutages()
  const [isEntering, setEntering] = useState(false)
  const [drafted, setDrafted] = useState<DraftedOutage | null>(null)
  const [asked, setAsked] = useState<Asked | null>(null)
  const enter = (
    <Button leftSection={<CirclePlus size={18} aria-hidden />} onClick={() => setEntering(true)}>
      {t('admin.outages.enter')}
    </Button>
  )
  return (
    <div className={styles['page']}>
      <PageHeader title={t('operations.outages')} note={t('admin.zone', { zone: browserZone() })} actions={enter} />
      <QueryCard
        title={t('admin.outages.list')}
        query={outages}
        lines={5}
        isEmpty={(answer) => answer.outages.length === 0}
        empty={<EmptyPanel text={t('admin.outages.none')} action={enter} />}
      >
        {(answer) => <OutageList answer={answer} onAsk={setAsked} />}
      </QueryCard>
      {isEntering && (
        <OutageForm
          onClose={() => setEntering(false)}
          onDrafted={(outage) => {
            setEntering(false)
            setDrafted(outage)
          }}
        />
      )}
      {drafted !== null && <Activation key={drafted.id} outage={drafted} dryRun={drafted.dry_run} onClose={() => setDrafted(null)} />}
      {asked?.change === 'activate' && <Activation outage={asked.outage} dryRun={null} onClose={() => setAsked(null)} />}
      {asked?.change === 'withdraw' && <Withdrawal outage={asked.outage} onClose={() => setAsked(null)} />}
    </div>
  )
}

interface ListProps {
  readonly answer: Answer<'/api/admin/outages'>
  readonly onAsk: (asked: Asked) => void
}

function OutageList({ answer: { outages, settling }, onAsk }: ListProps) {
  const { t, format } = useWords()
  const moment = (at: string) => format.moment(at, browserZone())
  return (
    <>
      <p role="status" className={styles['said']}>
        {settling !== null && t('admin.outages.settling', { done: settling.learners_done, isOver: settling.finished_at !== null })}
      </p>
      <RecordTable
        label={t('admin.outages.list')}
        rows={outages}
        rowKey={({ id }) => id}
        columns={[
          { label: t('admin.outages.reason'), width: 2, cell: ({ reason }) => reason },
          { label: t('admin.outages.state'), cell: ({ state }) => <State state={state} /> },
          { label: t('admin.outages.starts'), width: 1.3, cell: ({ starts_at: at }) => moment(at) },
          { label: t('admin.outages.ends'), width: 1.3, cell: ({ ends_at: at }) => moment(at) },
          { label: t('admin.outages.action'), width: 1.6, cell: (outage) => <Changes outage={outage} onAsk={onAsk} /> },
        ]}
      />
    </>
  )
}

function State({ state }: { readonly state: Outage['state'] }) {
  const { t } = useWords()
  return <Chip {...STATES[state]}>{t(`admin.outages.state.${state}`)}</Chip>
}

function Changes({ outage, onAsk }: { readonly outage: Outage; readonly onAsk: (asked: Asked) => void }) {
  const { t } = useWords()
  if (outage.state === 'withdrawn') return null
  const button = (change: Change) => (
    <Button variant="default" size="compact-sm" onClick={() => onAsk({ outage, change })} aria-label={t(`admin.outages.${change}Named`, { reason: outage.reason })}>
      {t(`admin.outages.${change}`)}
    </Button>
  )
  return (
    <div className={styles['actions']}>
      {outage.state === 'draft' && button('activate')}
      {button('withdraw')}
    </div>
  )
}

interface ActivationProps {
  readonly outage: Outage
  readonly dryRun: DraftedOutage['dry_run'] | null
  readonly onClose: () => void
}

function Activation({ outage, dryRun, onClose }: ActivationProps) {
  const { t, format } = useWords()
  const toasts = useToasts()
  const problems = useProblems('admin')
  const activate = useActivateOutage()
  return (
    <ConfirmDialog
      title={t('admin.outages.activateTitle')}
      action={t('admin.outages.activate')}
      isPending={activate.isPending}
      error={problems.text(activate.error)}
      onClose={onClose}
      onConfirm={() =>
        activate.mutate(outage.id, {
          onSuccess: () => {
            toasts.done(t('admin.outages.activated'))
            onClose()
          },
        })
      }
    >
      <p>{t('admin.outages.activateText', { from: format.moment(outage.starts_at, browserZone()), to: format.moment(outage.ends_at, browserZone()) })}</p>
      <p>
        {dryRun === null
          ? t('admin.outages.noDryRun')
          : t('admin.outages.dryRun', { looked: dryRun.looked_at, learners: dryRun.learners, excused: dryRun.excused, lengthened: dryRun.lengthened })}
      </p>
    </ConfirmDialog>
  )
}

function Withdrawal({ outage, onClose }: { readonly outage: Outage; readonly onClose: () => void }) {
  const { t } = useWords()
  const toasts = useToasts()
  const problems = useProblems('admin')
  const withdraw = useWithdrawOutage()
  return (
    <ConfirmDialog
      title={t('admin.outages.withdrawTitle')}
      action={t('admin.outages.withdraw')}
      isDanger
      isPending={withdraw.isPending}
      error={problems.text(withdraw.error)}
      onClose={onClose}
      onConfirm={() =>
        withdraw.mutate(outage.id, {
          onSuccess: () => {
            toasts.done(t('admin.outages.withdrawn'))
            onClose()
          },
        })
      }
    >
      <p>{t('admin.outages.withdrawText', { state: outage.state })}</p>
    </ConfirmDialog>
  )
}
