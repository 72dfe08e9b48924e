// Mending what a learner sees: rebuilding from the log, and restoring days of the streak.
import { Button, TextInput } from '@mantine/core'
import { useState, type SyntheticEvent } from 'react'

import type { Answer } from '@/api/client'
import { Card } from '@/parts/cards/Card'
import { FormFault } from '@/parts/forms/FormFault'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import styles from '../../operations/admin.module.css'
import { useRebuild, useRestoreStreak } from '../api/adminChanges'

type Rebuilt = Answer<'/api/admin/learners/{learner_id}/rebuild', 'post'>

export function LearnerRepairs({ id }: { readonly id: string }) {
  const { t } = useWords()
  return (
    <>
      <Card title={t('admin.restore')} span={6}>
        <Restore id={id} />
      </Card>
      <Card title={t('admin.rebuild')} span={6}>
        <Rebuild id={id} />
      </Card>
    </>
  )
}

function useRestoration(id: string) {
  const { t, format } = useWords()
  const toasts = useToasts()
  const restore = useRestoreStreak(id)
  const [values, setValues] = useState({ first: '', last: '', reason: '' })
  const [isTried, setTried] = useState(false)
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    setTried(true)
    const { first, last, reason } = values
    if (reason.trim() === '') return
    const onSuccess = ({ restored }: Answer<'/api/admin/learners/{learner_id}/restore-streak', 'post'>) => {
      toasts.done(t('admin.restore.done', { days: format.list(restored.map((span) => format.days(span.first_day, span.last_day))) }))
      setValues({ first: '', last: '', reason: '' })
      setTried(false)
    }
    restore.mutate({ reason: reason.trim(), ...(first !== '' && { first_day: first }), ...(last !== '' && { last_day: last }) }, { onSuccess })
  }
  return { restore, values, submit, isTried, change: (changed: Partial<typeof values>) => setValues({ ...values, ...changed }) }
}

function Restore({ id }: { readonly id: string }) {
  const { t } = useWords()
  const problems = useProblems('admin')
  const { restore, values, submit, isTried, change } = useRestoration(id)
  const isMissing = isTried && values.reason.trim() === ''
  return (
    <form noValidate onSubmit={submit} className={styles['form']} aria-label={t('admin.restore')}>
      <p className="note">{t('admin.restore.text')}</p>
      <div className={styles['line']}>
        <TextInput type="date" label={t('admin.restore.first')} value={values.first} error={problems.at(restore.error, '/first_day')} onChange={({ currentTarget: { value } }) => change({ first: value })} />
        <TextInput type="date" label={t('admin.restore.last')} value={values.last} error={problems.at(restore.error, '/last_day')} onChange={({ currentTarget: { value } }) => change({ last: value })} />
      </div>
      <TextInput
        label={t('admin.reason')}
        description={t('admin.reasonHelp')}
        required
        maxLength={200}
        value={values.reason}
        error={isMissing ? t('admin.required') : problems.at(restore.error, '/reason')}
        onChange={({ currentTarget: { value } }) => change({ reason: value })}
      />
      <FormFault text={problems.beside(restore.error, ['/first_day', '/last_day', '/reason'])} />
      <div>
        <Button type="submit" variant="default" loading={restore.isPending}>
          {t('admin.restore.do')}
        </Button>
      </div>
    </form>
  )
}

function Rebuild({ id }: { readonly id: string }) {
  const { t } = useWords()
  const problems = useProblems('admin')
  const rebuild = useRebuild(id)
  return (
    <div className={styles['form']}>
      <p className="note">{t('admin.rebuild.text')}</p>
      <div>
        <Button variant="default" loading={rebuild.isPending} onClick={() => rebuild.mutate()}>
          {t('admin.rebuild.do')}
        </Button>
      </div>
      <FormFault text={problems.text(rebuild.error)} />
      <div role="status">{rebuild.data !== undefined && <Differences rebuilt={rebuild.data} />}</div>
    </div>
  )
}

function Differences({ rebuilt }: { readonly rebuilt: Rebuilt }) {
  const { t } = useWords()
  if (!('differences' in rebuilt)) return <p>{t('admin.rebuild.queued')}</p>
  return (
    <>
      <p>{t('admin.rebuild.found', { count: rebuilt.differences_found })}</p>
      <ul className={styles['plain']}>
        {rebuilt.differences.map(({ table, key, field, stored, by_log: byLog }) => {
          const where = [table, ...Object.values(key), ...(field === null ? [] : [field])].join(' · ')
          return (
            <li key={where} className="note">
              {where}: {t('admin.rebuild.difference', { stored: stored ?? t('admin.rebuild.nothing'), byLog: byLog ?? t('admin.rebuild.nothing') })}
            </li>
          )
        })}
      </ul>
    </>
  )
}
