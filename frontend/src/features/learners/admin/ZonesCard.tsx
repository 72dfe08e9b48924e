// A learner's zone history, and replacing it.
import { Button } from '@mantine/core'
import { useState } from 'react'

import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { QueryCard, type Arriving } from '@/parts/cards/QueryCard'
import { RecordTable } from '@/parts/records/RecordTable'
import { useWords } from '@/words/words'

import { browserZone } from '../../operations/zone'
import type { Inspected } from '../api/inspected'
import { ZonesForm } from './ZonesForm'

interface Props {
  readonly id: string
  readonly learner: Arriving<Inspected>
}

export function ZonesCard({ id, learner }: Props) {
  const { t } = useWords()
  const [isEditing, setEditing] = useState(false)
  const edit = (
    <Button variant="default" size="compact-sm" onClick={() => setEditing(true)}>
      {t('admin.zones.replace')}
    </Button>
  )
  return (
    <>
      <QueryCard
        title={t('admin.zones')}
        query={learner}
        span={6}
        lines={3}
        aside={edit}
        isEmpty={({ zones }) => zones.length === 0}
        empty={<EmptyPanel text={t('admin.zones.none')} />}
      >
        {({ zones }) => <Zones zones={zones} />}
      </QueryCard>
      {isEditing && learner.data !== undefined && <ZonesForm id={id} zones={learner.data.zones} onClose={() => setEditing(false)} />}
    </>
  )
}

function Zones({ zones }: { readonly zones: Inspected['zones'] }) {
  const { t, format } = useWords()
  return (
    <RecordTable
      label={t('admin.zones')}
      rows={zones}
      rowKey={({ valid_from: from }) => from ?? ''}
      columns={[
        { label: t('admin.zones.zone'), width: 1.6, cell: ({ zone }) => zone },
        { label: t('admin.zones.since'), width: 1.6, cell: ({ valid_from: from }) => (from === null ? t('admin.zones.ever') : format.moment(from, browserZone())) },
        { label: t('admin.zones.source'), width: 1.2, cell: ({ source }) => t(`admin.zones.source.${source}`) },
      ]}
    />
  )
}
