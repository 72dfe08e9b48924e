import { RecordTable } from '@/parts/records/RecordTable'
import { TierBadge } from '@/parts/badges/TierBadge'
import { useWords } from '@/words/words'

import styles from '../../operations/admin.module.css'
import type { Definition } from '../api/catalogue'
import { DefinitionState } from './DefinitionState'

interface Props {
  readonly definitions: readonly Definition[]
  readonly onOpen: (code: string) => void
}

export function DefinitionList({ definitions, onOpen }: Props) {
  const { t, format } = useWords()
  return (
    <RecordTable
      label={t('admin.achievements.list')}
      rows={definitions}
      rowKey={({ code }) => code}
      columns={[
        { label: t('admin.achievements.title'), width: 4, cell: (definition) => <Title definition={definition} onOpen={onOpen} /> },
        { label: t('admin.achievements.state'), width: 1.4, cell: ({ state }) => <DefinitionState state={state} /> },
        { label: t('admin.achievements.points'), isFigure: true, cell: ({ points }) => format.number(points) },
        { label: t('admin.achievements.holders'), isFigure: true, cell: ({ holders }) => (holders === null ? t('admin.uncounted') : format.number(holders)) },
        { label: t('admin.achievements.origin'), width: 1.2, cell: ({ origin }) => t(`admin.achievements.origin.${origin}`) },
      ]}
    />
  )
}

function Title({ definition: { code, title, description, tier, icon, secret }, onOpen }: { readonly definition: Definition; readonly onOpen: Props['onOpen'] }) {
  const { t } = useWords()
  return (
    <div className={styles['title']}>
      <TierBadge tier={tier} icon={icon} size={40} />
      <div>
        <button type="button" className={styles['link']} onClick={() => onOpen(code)}>
          {title}
        </button>
        <div className="note">{secret ? t('admin.achievements.secret', { description }) : description}</div>
      </div>
    </div>
  )
}
