// The catalogue of achievements: what there is, and writing, trying, activating and retiring it.
import { Button, SegmentedControl } from '@mantine/core'
import { CirclePlus } from 'lucide-react'
import { useState } from 'react'
import { useSearchParams } from 'react-router'

import type { Answer } from '@/api/client'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { PageHeader } from '@/parts/PageHeader'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords } from '@/words/words'

import styles from '../../operations/admin.module.css'
import { useCatalogue, type Definition } from '../api/catalogue'
import { CatalogueFile } from './CatalogueFile'
import { DefinitionDrawer } from './DefinitionDrawer'
import { DefinitionForm } from './DefinitionForm'
import { DefinitionList } from './DefinitionList'

const FILTERS = ['everything', 'draft', 'active', 'retired'] as const

/** What the address says: the filter, and the definition that is open. */
function useAddress() {
  const [params, setParams] = useSearchParams()
  const set = (name: string, value: string | null) =>
    setParams((before) => {
      if (value === null) before.delete(name)
      else before.set(name, value)
      return before
    })
  const filter = FILTERS.find((one) => one === params.get('state')) ?? 'everything'
  return {
    filter,
    code: params.get('code'),
    setFilter: (value: string) => set('state', value === 'everything' ? null : value),
    open: (code: string | null) => set('code', code),
  }
}

export function AdminAchievements() {
  const { t } = useWords()
  const catalogue = useCatalogue()
  const { filter, code, setFilter, open } = useAddress()
  const [edited, setEdited] = useState<Definition | 'new' | null>(null)
  const all = catalogue.data?.achievements ?? []
  const opened = all.find((definition) => definition.code === code)
  const create = (
    <Button leftSection={<CirclePlus size={18} aria-hidden />} onClick={() => setEdited('new')}>
      {t('admin.achievements.new')}
    </Button>
  )
  return (
    <div className={styles['page']}>
      <PageHeader title={t('operations.achievements')} actions={<CatalogueFile>{create}</CatalogueFile>} />
      <SegmentedControl
        aria-label={t('admin.achievements.filter')}
        className={styles['filter'] ?? ''}
        value={filter}
        onChange={setFilter}
        data={FILTERS.map((value) => ({ value, label: t(`admin.achievements.filter.${value}`) }))}
      />
      <QueryCard
        title={t('admin.achievements.list')}
        query={catalogue}
        lines={12}
        isEmpty={({ achievements }) => achievements.length === 0}
        empty={<EmptyPanel text={t('admin.achievements.none')} action={create} />}
      >
        {(answer) => <Catalogue answer={answer} filter={filter} onOpen={open} />}
      </QueryCard>
      {opened !== undefined && edited === null && (
        <DefinitionDrawer
          key={opened.code}
          definition={opened}
          isApplied={catalogue.data?.applied ?? true}
          onEdit={() => setEdited(opened)}
          onClose={() => open(null)}
        />
      )}
      {edited !== null && (
        <DefinitionForm
          definition={edited === 'new' ? null : edited}
          codes={all.map((definition) => definition.code)}
          onClose={() => setEdited(null)}
          onSaved={(saved) => {
            setEdited(null)
            open(saved)
          }}
        />
      )}
    </div>
  )
}

interface CatalogueProps {
  readonly answer: Answer<'/api/admin/achievements'>
  readonly filter: (typeof FILTERS)[number]
  readonly onOpen: (code: string) => void
}

function Catalogue({ answer: { achievements, applied }, filter, onOpen }: CatalogueProps) {
  const { t } = useWords()
  const shown = achievements.filter(({ state }) => filter === 'everything' || state === filter)
  return (
    <>
      <p role="status" className={styles['said']}>
        {!applied && t('admin.achievements.filling')}
      </p>
      {shown.length === 0 ? <p>{t('admin.achievements.noneInState')}</p> : <DefinitionList definitions={shown} onOpen={onOpen} />}
    </>
  )
}
