// The kinds of activities in force, and those that senders use and nobody declared.
import { Check, Minus } from 'lucide-react'

import type { Answer } from '@/api/client'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { PageHeader } from '@/parts/PageHeader'
import { QueryCard } from '@/parts/cards/QueryCard'
import { RecordTable } from '@/parts/records/RecordTable'
import { useWords } from '@/words/words'

import styles from '../operations/admin.module.css'
import { browserZone } from '../operations/zone'
import { useKinds } from './api/kinds'

type Kinds = Answer<'/api/admin/kinds'>

export function AdminKinds() {
  const { t } = useWords()
  const kinds = useKinds()
  return (
    <div className={styles['page']}>
      <PageHeader title={t('operations.kinds')} note={t('admin.kinds.note')} />
      <QueryCard
        title={t('admin.kinds.unknown')}
        query={kinds}
        lines={2}
        isEmpty={({ unknown }) => unknown.length === 0}
        empty={<EmptyPanel Icon={Check} text={t('admin.kinds.noneUnknown')} />}
      >
        {({ unknown, unknown_kinds: policy }) => (
          <>
            <p className="note">{t('admin.kinds.policy', { policy })}</p>
            <Unknown kinds={unknown} />
          </>
        )}
      </QueryCard>
      <QueryCard
        title={t('admin.kinds.declared')}
        query={kinds}
        lines={8}
        isEmpty={(answer) => answer.kinds.length === 0}
        empty={<EmptyPanel text={t('admin.kinds.none')} />}
      >
        {(answer) => <Declared kinds={answer.kinds} />}
      </QueryCard>
    </div>
  )
}

function Kind({ type, verb }: { readonly type: string; readonly verb: string }) {
  const { t } = useWords()
  const any = t('admin.kinds.any')
  return <>{t('admin.kinds.kind', { type: type === '*' ? any : type, verb: verb === '*' ? any : verb })}</>
}

function Unknown({ kinds }: { readonly kinds: Kinds['unknown'] }) {
  const { t, format } = useWords()
  return (
    <RecordTable
      label={t('admin.kinds.unknown')}
      rows={kinds}
      rowKey={({ object_type: type, verb }) => `${type} ${verb}`}
      columns={[
        { label: t('admin.kinds.name'), width: 2, cell: ({ object_type: type, verb }) => <Kind type={type} verb={verb} /> },
        { label: t('admin.kinds.sent'), isFigure: true, cell: ({ activities }) => format.number(activities) },
        { label: t('admin.kinds.sender'), width: 1.5, cell: ({ last_sender: sender }) => sender },
        { label: t('admin.kinds.last'), width: 1.5, cell: ({ last_seen_at: at }) => format.moment(at, browserZone()) },
      ]}
    />
  )
}

function Flag({ isSet }: { readonly isSet: boolean }) {
  const { t } = useWords()
  const Icon = isSet ? Check : Minus
  return <Icon size={18} role="img" aria-label={isSet ? t('admin.yes') : t('admin.no')} color={isSet ? 'var(--earned)' : 'var(--ink2)'} />
}

function Declared({ kinds }: { readonly kinds: Kinds['kinds'] }) {
  const { t, format } = useWords()
  return (
    <RecordTable
      label={t('admin.kinds.declared')}
      rows={kinds}
      rowKey={({ object_type: type, verb }) => `${type} ${verb}`}
      columns={[
        { label: t('admin.kinds.name'), width: 2.4, cell: ({ object_type: type, verb }) => <Kind type={type} verb={verb} /> },
        { label: t('admin.kinds.streak'), cell: ({ streak }) => <Flag isSet={streak} /> },
        { label: t('admin.kinds.exercise'), cell: ({ exercise }) => <Flag isSet={exercise} /> },
        { label: t('admin.kinds.graded'), cell: ({ graded }) => <Flag isSet={graded} /> },
        { label: t('admin.kinds.review'), cell: ({ review }) => <Flag isSet={review} /> },
        { label: t('admin.kinds.points'), isFigure: true, cell: ({ points }) => format.number(points) },
        { label: t('admin.kinds.learnerPoints'), isFigure: true, cell: ({ learner_points: points }) => format.number(points) },
        { label: t('admin.kinds.claim'), width: 1.6, cell: ({ claim }) => t(`admin.kinds.claim.${claim}`) },
      ]}
    />
  )
}
