import { Button, TextInput } from '@mantine/core'
import { useState, type SyntheticEvent } from 'react'

import { useMe } from '@/features/learners/api/me'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import { useAddPause, useEndPause, usePauses, type NewPause, type Pause } from './api/pauses'
import styles from './sections.module.css'

/** Days on which the streak rests: planned ahead, counted against a yearly allowance. */
export function PausesSection() {
  const { t } = useWords()
  return (
    <QueryCard title={t('streaks.pauses')} query={usePauses()} lines={4}>
      {({ pauses, days_used: used, days_allowed: allowed }) => (
        <>
          <p className="note">{t('streaks.pauses.note', { used, allowed })}</p>
          {pauses.length > 0 && (
            <ul className={styles['list']}>
              {pauses.map((pause) => (
                <PauseRow key={pause.id} pause={pause} />
              ))}
            </ul>
          )}
          <PauseForm isEmpty={pauses.length === 0} />
        </>
      )}
    </QueryCard>
  )
}

function PauseRow({ pause }: { readonly pause: Pause }) {
  const { t, format } = useWords()
  const end = useEndPause()
  const toasts = useToasts()
  const today = useMe().data?.local_day
  const isOver = today !== undefined && pause.last_day < today
  const days =
    pause.first_day === pause.last_day ? format.day(pause.first_day) : format.days(pause.first_day, pause.last_day)
  return (
    <li className={styles['item']}>
      <span>
        {days}
        {pause.reason !== '' && <span className="note"> · {pause.reason}</span>}
      </span>
      {isOver ? (
        <span className="note">{t('streaks.pauses.over')}</span>
      ) : (
        <Button
          variant="default"
          size="xs"
          loading={end.isPending}
          aria-label={t('streaks.pauses.end.label', { days })}
          // A promise, because the row is gone before the callbacks of `mutate` would run.
          onClick={() =>
            void end.mutateAsync(pause.id).then(() => toasts.done(t('streaks.pauses.ended')), toasts.failed)
          }
        >
          {t('streaks.pauses.end')}
        </Button>
      )}
    </li>
  )
}

const NO_PAUSE: NewPause = { first_day: '', last_day: '', reason: '' }

function PauseForm({ isEmpty }: { readonly isEmpty: boolean }) {
  const { t } = useWords()
  const problems = useProblems('streaks')
  const [pause, setPause] = useState(NO_PAUSE)
  const { first_day: first, last_day: last, reason } = pause
  const set = (change: Partial<NewPause>) => setPause({ ...pause, ...change })
  const add = useAddPause()
  const toasts = useToasts()
  const isBackwards = first !== '' && last !== '' && last < first
  const save = (event: SyntheticEvent) => {
    event.preventDefault()
    add.mutate(pause, {
      onSuccess: () => {
        toasts.done(t('streaks.pauses.added'))
        setPause(NO_PAUSE)
      },
      onError: toasts.failed,
    })
  }
  return (
    <form className={styles['form']} onSubmit={save}>
      {isEmpty && <p>{t('streaks.pauses.empty')}</p>}
      <div className={styles['row']}>
        <TextInput
          type="date"
          label={t('streaks.pauses.first')}
          value={first}
          onChange={(event) => set({ first_day: event.currentTarget.value })}
          error={problems.at(add.error, '/first_day')}
        />
        <TextInput
          type="date"
          label={t('streaks.pauses.last')}
          value={last}
          min={first}
          onChange={(event) => set({ last_day: event.currentTarget.value })}
          error={isBackwards ? t('streaks.pauses.backwards') : problems.at(add.error, '/last_day')}
        />
      </div>
      <TextInput
        className={styles['wide'] ?? ''}
        label={t('streaks.pauses.reason')}
        description={t('streaks.pauses.reason.help')}
        value={reason}
        maxLength={200}
        onChange={(event) => set({ reason: event.currentTarget.value })}
        error={problems.at(add.error, '/reason')}
      />
      <Button
        type="submit"
        variant="default"
        disabled={first === '' || last === '' || isBackwards}
        loading={add.isPending}
      >
        {t('streaks.pauses.add')}
      </Button>
    </form>
  )
}
