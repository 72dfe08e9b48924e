import { Button, TextInput } from '@mantine/core'
import { useState, type SyntheticEvent } from 'react'

import { useChangeMe, type Me } from '@/features/learners/api/me'
import { FormFault } from '@/parts/forms/FormFault'
import { useProblems } from '@/parts/forms/useProblems'
import { useWords } from '@/words/words'

import styles from './leaderboards.module.css'

const LONGEST_NAME = 40

/** Says what others will see and what not, and joins the boards under a name, or without one. */
export function JoinForm({ me }: { readonly me: Me }) {
  const { t } = useWords()
  const problems = useProblems('leaderboards')
  const [name, setName] = useState(me.display_name ?? me.display_name_hint ?? '')
  const change = useChangeMe()
  const trimmed = name.trim()
  const isTooLong = Array.from(trimmed).length > LONGEST_NAME
  const fault = isTooLong
    ? t('leaderboards.name.tooLong', { max: LONGEST_NAME })
    : problems.at(change.error, '/display_name')
  const join = (event: SyntheticEvent) => {
    event.preventDefault()
    if (!isTooLong) change.mutate({ boards: true, display_name: trimmed === '' ? null : trimmed })
  }
  const rename = (text: string) => {
    setName(text)
    if (change.isError) change.reset()
  }
  return (
    <form className={styles['join']} onSubmit={join} noValidate>
      <p>{t('leaderboards.join.text')}</p>
      <div className={styles['seen']}>
        <Points title={t('leaderboards.join.seen')} points={[t('leaderboards.seen.name'), t('leaderboards.seen.value'), t('leaderboards.seen.who')]} />
        <Points title={t('leaderboards.join.unseen')} points={[t('leaderboards.unseen.grades'), t('leaderboards.unseen.topics'), t('leaderboards.unseen.days')]} />
      </div>
      <TextInput
        className={styles['name'] ?? ''}
        label={t('leaderboards.name')}
        description={t('leaderboards.name.help')}
        value={name}
        onChange={(event) => rename(event.currentTarget.value)}
        error={fault}
        autoComplete="nickname"
      />
      <FormFault text={problems.beside(change.error, ['/display_name'])} />
      <Button type="submit" loading={change.isPending}>
        {t('leaderboards.join')}
      </Button>
      <p className="note">{t('leaderboards.join.note')}</p>
    </form>
  )
}

function Points({ title, points }: { readonly title: string; readonly points: readonly string[] }) {
  return (
    <div>
      <h3>{title}</h3>
      <ul>
        {points.map((point) => (
          <li key={point}>{point}</li>
        ))}
      </ul>
    </div>
  )
}
