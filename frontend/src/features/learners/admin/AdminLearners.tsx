// Learners: finding one, and everything about the one that the address names.
import { TextInput } from '@mantine/core'
import { UserRoundSearch } from 'lucide-react'
import { useSearchParams } from 'react-router'

import type { Answer } from '@/api/client'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { PageHeader } from '@/parts/PageHeader'
import { QueryCard } from '@/parts/cards/QueryCard'
import { RecordTable } from '@/parts/records/RecordTable'
import { useWords } from '@/words/words'

import styles from '../../operations/admin.module.css'
import { LearnerLink } from '../../operations/LearnerLink'
import { LoadMore } from '../../operations/LoadMore'
import { useSearchText } from '../../operations/useSearchText'
import { useAdminLearners } from '../api/adminLearners'
import { InspectedLearner } from './InspectedLearner'

type Found = Answer<'/api/admin/learners'>['learners'][number]

export function AdminLearners() {
  const [params] = useSearchParams()
  const learner = params.get('learner')
  return learner === null ? <Search /> : <InspectedLearner key={learner} id={learner} />
}

function Search() {
  const { t } = useWords()
  const [params] = useSearchParams()
  const query = params.get('query') ?? ''
  const [text, setText] = useSearchText('query')
  const learners = useAdminLearners(query)
  return (
    <div className={styles['page']}>
      <PageHeader title={t('operations.learners')} />
      <TextInput
        className={styles['search'] ?? ''}
        type="search"
        label={t('admin.learners.search')}
        description={t('admin.learners.searchHelp')}
        maxLength={200}
        value={text}
        onChange={({ currentTarget: { value } }) => setText(value)}
      />
      <QueryCard
        title={query === '' ? t('admin.learners.list') : t('admin.learners.found', { query })}
        query={learners}
        lines={10}
        isEmpty={(found) => found.length === 0}
        empty={<EmptyPanel Icon={UserRoundSearch} text={query === '' ? t('admin.learners.none') : t('admin.learners.notFound')} />}
      >
        {(found) => (
          <>
            <FoundLearners learners={found} />
            <LoadMore pages={learners} />
          </>
        )}
      </QueryCard>
    </div>
  )
}

function FoundLearners({ learners }: { readonly learners: readonly Found[] }) {
  const { t, format } = useWords()
  return (
    <RecordTable
      label={t('admin.learners.list')}
      rows={learners}
      rowKey={({ learner_id: id }) => id}
      columns={[
        { label: t('admin.learners.name'), width: 1.6, cell: ({ learner_id: id, display_name: name }) => <LearnerLink id={id} name={name} /> },
        { label: t('admin.learners.zone'), width: 1.6, cell: ({ timezone }) => timezone },
        { label: t('admin.learners.last'), width: 1.2, cell: ({ last_day: day }) => (day === null ? t('admin.learners.never') : format.day(day, 'number')) },
        { label: t('admin.learners.activities'), isFigure: true, cell: ({ activities }) => format.number(activities) },
        { label: t('admin.learners.takesPart'), width: 1.6, cell: ({ quiet, boards }) => t('admin.learners.modes', { quiet, boards }) },
      ]}
    />
  )
}
