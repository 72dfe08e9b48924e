// What administrators wrote, newest first, also about one learner alone.
import { TextInput } from '@mantine/core'
import { useSearchParams } from 'react-router'

import type { Answer } from '@/api/client'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { PageHeader } from '@/parts/PageHeader'
import { QueryCard } from '@/parts/cards/QueryCard'
import { RecordTable } from '@/parts/records/RecordTable'
import { useWords } from '@/words/words'

import styles from './admin.module.css'
import { useAudit } from './api/audit'
import { LearnerLink } from './LearnerLink'
import { LoadMore } from './LoadMore'
import { useSearchText } from './useSearchText'
import { browserZone } from './zone'

type Entry = Answer<'/api/admin/audit'>['entries'][number]

export function AdminAudit() {
  const { t } = useWords()
  const [params] = useSearchParams()
  const about = params.get('about') ?? ''
  const [text, setText] = useSearchText('about')
  const audit = useAudit(about)
  return (
    <div className={styles['page']}>
      <PageHeader title={t('operations.audit')} note={t('admin.zone', { zone: browserZone() })} />
      <TextInput
        className={styles['search'] ?? ''}
        label={t('admin.audit.about')}
        description={t('admin.learnerHelp')}
        value={text}
        maxLength={200}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <QueryCard
        title={t('admin.audit.entries')}
        query={audit}
        lines={10}
        isEmpty={(entries) => entries.length === 0}
        empty={<EmptyPanel text={about === '' ? t('admin.audit.none') : t('admin.audit.noneAbout')} />}
      >
        {(entries) => (
          <>
            <Entries entries={entries} />
            <LoadMore pages={audit} />
          </>
        )}
      </QueryCard>
    </div>
  )
}

function Entries({ entries }: { readonly entries: readonly Entry[] }) {
  const { t, said, format } = useWords()
  const code = (action: string) => `did_${action.replace('.', '_')}`
  return (
    <RecordTable
      label={t('admin.audit.entries')}
      rows={entries}
      // Two writes can fall into one second; no entry has an id.
      rowKey={(entry) => JSON.stringify(entry)}
      columns={[
        { label: t('admin.audit.what'), width: 1.6, cell: ({ action }) => said('admin', { code: code(action), values: {}, text: action }) },
        { label: t('admin.audit.who'), width: 1.4, cell: ({ actor }) => actor },
        { label: t('admin.audit.at'), width: 1.3, cell: ({ at }) => format.moment(at, browserZone()) },
        { label: t('admin.audit.learner'), width: 1.6, cell: ({ learner_id: id }) => (id === null ? t('admin.audit.all') : <LearnerLink id={id} />) },
        { label: t('admin.audit.body'), width: 2.4, cell: ({ body }) => <Body body={body} /> },
      ]}
    />
  )
}

function Body({ body }: { readonly body: Entry['body'] }) {
  const { t } = useWords()
  return (
    <details>
      <summary>{t('admin.audit.show')}</summary>
      <pre className={styles['json']}>{JSON.stringify(body, null, 2)}</pre>
    </details>
  )
}
