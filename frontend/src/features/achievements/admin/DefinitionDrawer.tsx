// One definition: its rule, who would get it, and what can be done with it.
import { Button, Drawer } from '@mantine/core'
import { LoaderCircle } from 'lucide-react'
import { useState } from 'react'

import { TierBadge } from '@/parts/badges/TierBadge'
import { useWords } from '@/words/words'

import styles from '../../operations/admin.module.css'
import { useDryRun } from '../api/dryRun'
import type { Definition } from '../api/catalogue'
import { Activation, Retirement } from './DefinitionChanges'
import { DefinitionState } from './DefinitionState'
import { DryRunPanel } from './DryRunPanel'
import { GrantForm } from './GrantForm'
import { RuleText } from './RuleText'

interface Props {
  readonly definition: Definition
  /** Whether every learner has been checked for what they earned in the past. */
  readonly isApplied: boolean
  readonly onEdit: () => void
  readonly onClose: () => void
}

type Asked = 'activate' | 'retire'

export function DefinitionDrawer({ definition, isApplied, onEdit, onClose }: Props) {
  const { t } = useWords()
  const [asked, setAsked] = useState<Asked | null>(null)
  const close = () => setAsked(null)
  const { code, title, state, tier, icon, description } = definition
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title={title} closeButtonProps={{ 'aria-label': t('parts.close') }}>
      <div className={styles['form']}>
        <div className={styles['title']}>
          <TierBadge tier={tier} icon={icon} size={56} />
          <div>
            <p>{description}</p>
            <p className="note">{code}</p>
          </div>
        </div>
        <div className={styles['actions']}>
          <DefinitionState state={state} />
          {state !== 'active' && <Button onClick={() => setAsked('activate')}>{t('admin.achievements.activate')}</Button>}
          <Button variant="default" onClick={onEdit}>
            {t('admin.achievements.edit')}
          </Button>
          {state === 'active' && (
            <Button variant="default" onClick={() => setAsked('retire')}>
              {t('admin.achievements.retire')}
            </Button>
          )}
        </div>
        <section>
          <h3>{t('admin.editor.rule')}</h3>
          <RuleText rule={definition.rule} />
        </section>
        <DryRunSection definition={definition} isApplied={isApplied} />
        {state === 'active' && <GrantForm definition={definition} />}
      </div>
      {asked === 'activate' && <Activation definition={definition} onClose={close} />}
      {asked === 'retire' && <Retirement definition={definition} onClose={close} />}
    </Drawer>
  )
}

/** Who would get it; while the worker gives it to those who earned it in the past, how many hold it already. */
function DryRunSection({ definition: { code, state }, isApplied }: Pick<Props, 'definition' | 'isApplied'>) {
  const { t } = useWords()
  const isFilling = state === 'active' && !isApplied
  const dryRun = useDryRun(code, isFilling)
  return (
    <section>
      <h3>{t('admin.dryRun')}</h3>
      <div role="status">
        {isFilling && (
          <p className={styles['status']}>
            <LoaderCircle size={18} aria-hidden />
            {dryRun.data === undefined
              ? t('admin.achievements.filling')
              : t('admin.achievements.fillingCount', { holders: dryRun.data.holders, waiting: dryRun.data.estimated_total })}
          </p>
        )}
      </div>
      <DryRunPanel query={dryRun} />
    </section>
  )
}
