import { Button, TextInput } from '@mantine/core'
import { useState, type SyntheticEvent } from 'react'

import { useSession } from '@/app/session'
import { Card } from '@/parts/cards/Card'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import { useErase } from './api/erasure'
import styles from './settings.module.css'

/** The way out: everything about the learner is deleted. Asks for the typed id, so that no click does it. */
export function EraseSection() {
  const { t } = useWords()
  const problems = useProblems('learners')
  const { learnerId, signOut } = useSession()
  const [isAsking, setAsking] = useState(false)
  const [typed, setTyped] = useState('')
  const erase = useErase()
  const toasts = useToasts()
  const confirm = (event: SyntheticEvent) => {
    event.preventDefault()
    erase.mutate(typed, {
      onSuccess: () => {
        toasts.done(t('learners.erase.done'))
        signOut()
      },
    })
  }
  return (
    <Card title={t('learners.erase')}>
      <div className={styles['form']}>
        <p className="note">{t('learners.erase.note')}</p>
        {isAsking ? (
          <form className={styles['form']} onSubmit={confirm}>
            <TextInput
              className={styles['wide'] ?? ''}
              label={t('learners.erase.type', { id: learnerId })}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              error={problems.at(erase.error, '/confirm')}
              autoComplete="off"
              spellCheck={false}
              data-autofocus
            />
            <div className={styles['row']}>
              <Button type="submit" color="danger" disabled={typed !== learnerId} loading={erase.isPending}>
                {t('learners.erase.confirm')}
              </Button>
              <Button variant="default" onClick={() => setAsking(false)}>
                {t('learners.erase.cancel')}
              </Button>
            </div>
          </form>
        ) : (
          <Button variant="default" onClick={() => setAsking(true)}>
            {t('learners.erase.begin')}
          </Button>
        )}
      </div>
    </Card>
  )
}
