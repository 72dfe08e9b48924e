import { Button, TextInput } from '@mantine/core'
import { useId, useState, type SyntheticEvent } from 'react'

import { QueryCard } from '@/parts/cards/QueryCard'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import { useChangeMe, useMe, type Me } from './api/me'
import styles from './settings.module.css'

/** Where the learner lives: the zone decides when a day begins. */
export function ZoneSection() {
  const { t } = useWords()
  return (
    <QueryCard title={t('learners.zone')} query={useMe()} lines={3}>
      {(me) => <ZoneForm key={me.timezone} me={me} />}
    </QueryCard>
  )
}

function ZoneForm({ me }: { readonly me: Me }) {
  const { t, format } = useWords()
  const problems = useProblems('learners')
  const [zone, setZone] = useState(me.timezone)
  const change = useChangeMe()
  const toasts = useToasts()
  const list = useId()
  const browsers = Intl.DateTimeFormat().resolvedOptions().timeZone
  const isLocked = me.zone_change_allowed_at !== null
  const save = (event: SyntheticEvent) => {
    event.preventDefault()
    // A promise, because another form stands here before the callbacks of `mutate` would run. Refusals stand at the field.
    void change.mutateAsync({ zone }).then(
      (answer) => toasts.done(t('learners.zone.saved', { zone: answer.timezone })),
      () => null,
    )
  }
  return (
    <form className={styles['form']} onSubmit={save}>
      <p className="note">{t('learners.zone.note', { day: format.day(me.local_day, 'full') })}</p>
      <div className={styles['wide']}>
        <TextInput
          label={t('learners.zone.label')}
          description={
            me.zone_change_allowed_at === null
              ? t('learners.zone.help')
              : t('learners.zone.locked', { instant: format.instant(me.zone_change_allowed_at, me.timezone) })
          }
          value={zone}
          onChange={(event) => setZone(event.currentTarget.value)}
          error={problems.at(change.error, '/zone')}
          disabled={isLocked}
          list={list}
          autoComplete="off"
          spellCheck={false}
        />
        <datalist id={list}>
          {Intl.supportedValuesOf('timeZone').map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </div>
      {browsers !== me.timezone && !isLocked && (
        <Button variant="default" onClick={() => setZone(browsers)}>
          {t('learners.zone.here', { zone: browsers })}
        </Button>
      )}
      <Button type="submit" variant="default" disabled={isLocked || zone === me.timezone} loading={change.isPending}>
        {t('learners.zone.save')}
      </Button>
    </form>
  )
}
