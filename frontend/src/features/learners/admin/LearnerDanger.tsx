// What cannot be taken back: merging a learner into another, and erasing it.
import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useNavigate } from 'react-router'

import { Card } from '@/parts/cards/Card'
import { ConfirmDialog } from '@/parts/ConfirmDialog'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import styles from '../../operations/admin.module.css'
import { useErase, useMerge } from '../api/adminChanges'

interface Props {
  readonly id: string
  /** What has to be typed before. */
  readonly name: string
}

type Asked = 'merge' | 'erase'

export function LearnerDanger({ id, name }: Props) {
  const { t } = useWords()
  const [asked, setAsked] = useState<Asked | null>(null)
  const close = () => setAsked(null)
  return (
    <Card title={t('admin.danger')}>
      <p className="note">{t('admin.danger.text')}</p>
      <div className={styles['actions']} style={{ marginBlockStart: 12 }}>
        <Button variant="default" onClick={() => setAsked('merge')}>
          {t('admin.merge')}
        </Button>
        <Button color="danger" variant="outline" onClick={() => setAsked('erase')}>
          {t('admin.erase')}
        </Button>
      </div>
      {asked === 'merge' && <Merge id={id} name={name} onClose={close} />}
      {asked === 'erase' && <Erase id={id} name={name} onClose={close} />}
    </Card>
  )
}

function Merge({ id, name, onClose }: Props & { readonly onClose: () => void }) {
  const { t } = useWords()
  const toasts = useToasts()
  const problems = useProblems('admin')
  const navigate = useNavigate()
  const merge = useMerge(id)
  const [into, setInto] = useState('')
  const [isTried, setTried] = useState(false)
  const confirm = () => {
    setTried(true)
    if (into.trim() === '') return
    merge.mutate(into.trim(), {
      onSuccess: ({ learner_id: learner }) => {
        toasts.done(t('admin.merge.done', { name }))
        void navigate(`/admin/learners?learner=${encodeURIComponent(learner)}`)
      },
    })
  }
  return (
    <ConfirmDialog title={t('admin.merge.title', { name })} action={t('admin.merge.do')} isDanger isPending={merge.isPending} error={problems.text(merge.error)} typed={name} onConfirm={confirm} onClose={onClose}>
      <p>{t('admin.merge.text')}</p>
      <TextInput
        mt={12}
        label={t('admin.merge.into')}
        description={t('admin.learnerHelp')}
        required
        maxLength={200}
        value={into}
        error={isTried && into.trim() === '' ? t('admin.required') : problems.at(merge.error, '/into')}
        onChange={({ currentTarget: { value } }) => setInto(value)}
      />
    </ConfirmDialog>
  )
}

function Erase({ id, name, onClose }: Props & { readonly onClose: () => void }) {
  const { t } = useWords()
  const toasts = useToasts()
  const problems = useProblems('admin')
  const navigate = useNavigate()
  const erase = useErase(id)
  const confirm = () =>
    erase.mutate(undefined, {
      onSuccess: ({ status }) => {
        toasts.done(t('admin.erase.done', { name, status }))
        void navigate('/admin/learners')
      },
    })
  return (
    <ConfirmDialog title={t('admin.erase.title', { name })} action={t('admin.erase.do')} isDanger isPending={erase.isPending} error={problems.text(erase.error)} typed={name} onConfirm={confirm} onClose={onClose}>
      <p>{t('admin.erase.text')}</p>
    </ConfirmDialog>
  )
}
