import { Button, Switch, TextInput } from '@mantine/core'
import { useState, type SyntheticEvent } from 'react'

import { QueryCard } from '@/parts/cards/QueryCard'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import { useChangeMe, useMe, type Me } from './api/me'
import styles from './settings.module.css'

/** The name others see, and whether they see the learner at all. */
export function OthersSection() {
  const { t } = useWords()
  return (
    <QueryCard title={t('learners.others')} query={useMe()} lines={4}>
      {(me) => (
        <div className={styles['form']}>
          <NameForm key={me.display_name} me={me} />
          <BoardsSwitch me={me} />
        </div>
      )}
    </QueryCard>
  )
}

function NameForm({ me }: { readonly me: Me }) {
  const { t } = useWords()
  const problems = useProblems('learners')
  const [name, setName] = useState(me.display_name ?? me.display_name_hint ?? '')
  const change = useChangeMe()
  const toasts = useToasts()
  const save = (event: SyntheticEvent) => {
    event.preventDefault()
    const chosen = name.trim() === '' ? null : name
    // A promise, because another form stands here before the callbacks of `mutate` would run. Refusals stand at the field.
    void change.mutateAsync({ display_name: chosen }).then(
      () => toasts.done(t('learners.name.saved')),
      () => null,
    )
  }
  return (
    <form className={styles['form']} onSubmit={save}>
      <TextInput
        className={styles['wide'] ?? ''}
        label={t('learners.name')}
        description={t('learners.name.help')}
        value={name}
        maxLength={60}
        onChange={(event) => setName(event.currentTarget.value)}
        error={problems.at(change.error, '/display_name')}
        autoComplete="nickname"
      />
      <Button type="submit" variant="default" disabled={name === (me.display_name ?? '')} loading={change.isPending}>
        {t('learners.name.save')}
      </Button>
    </form>
  )
}

function BoardsSwitch({ me }: { readonly me: Me }) {
  const { t } = useWords()
  const change = useChangeMe()
  const toasts = useToasts()
  return (
    <Switch
      label={t('learners.boards')}
      description={t(me.quiet ? 'learners.boards.quiet' : 'learners.boards.note')}
      checked={change.isPending ? change.variables.boards === true : me.boards}
      disabled={me.quiet || change.isPending}
      onChange={(event) => change.mutate({ boards: event.currentTarget.checked }, { onError: toasts.failed })}
    />
  )
}
