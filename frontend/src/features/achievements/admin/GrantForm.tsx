import { Button, TextInput } from '@mantine/core'
import { useState, type SyntheticEvent } from 'react'

import { FormFault } from '@/parts/forms/FormFault'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import styles from '../../operations/admin.module.css'
import { useGrant, type Definition } from '../api/catalogue'

/** Gives an achievement by hand, whatever its rule says. */
export function GrantForm({ definition: { code, title } }: { readonly definition: Definition }) {
  const { t } = useWords()
  const toasts = useToasts()
  const problems = useProblems('admin')
  const grant = useGrant(code)
  const [values, setValues] = useState({ learner: '', reason: '' })
  const [isTried, setTried] = useState(false)
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    setTried(true)
    const learner = values.learner.trim()
    const reason = values.reason.trim()
    if (learner === '' || reason === '') return
    grant.mutate(
      { learner_id: learner, reason },
      {
        onSuccess: ({ unlocked }) => {
          toasts.done(t('admin.grant.done', { title, learner, count: unlocked.length }))
          setValues({ learner: '', reason: '' })
          setTried(false)
        },
      },
    )
  }
  const missing = (text: string) => (isTried && text.trim() === '' ? t('admin.required') : undefined)
  return (
    <form noValidate onSubmit={submit} className={styles['box']} aria-label={t('admin.grant')}>
      <h3>{t('admin.grant')}</h3>
      <TextInput
        label={t('admin.grant.learner')}
        description={t('admin.learnerHelp')}
        required
        maxLength={200}
        value={values.learner}
        error={missing(values.learner) ?? problems.at(grant.error, '/learner_id')}
        onChange={({ currentTarget: { value } }) => setValues({ ...values, learner: value })}
      />
      <TextInput
        label={t('admin.reason')}
        description={t('admin.reasonHelp')}
        required
        maxLength={500}
        value={values.reason}
        error={missing(values.reason) ?? problems.at(grant.error, '/reason')}
        onChange={({ currentTarget: { value } }) => setValues({ ...values, reason: value })}
      />
      <FormFault text={problems.beside(grant.error, ['/learner_id', '/reason'])} />
      <div>
        <Button type="submit" variant="default" loading={grant.isPending}>
          {t('admin.grant.do')}
        </Button>
      </div>
    </form>
  )
}
