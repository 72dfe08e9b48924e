import { NativeSelect } from '@mantine/core'

import { QueryCard } from '@/parts/cards/QueryCard'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import { useChangeMe, useMe } from './api/me'
import styles from './settings.module.css'

/** The weekday on which the platform sends a summary of the week; none unless chosen. */
export function DigestSection() {
  const { t, format } = useWords()
  const change = useChangeMe()
  const toasts = useToasts()
  const days = format.weekdays('monday', 'long').map((label, place) => ({ value: String(place + 1), label }))
  return (
    <QueryCard title={t('learners.digest')} query={useMe()} lines={2}>
      {(me) => {
        const chosen = change.isPending ? change.variables.digest_weekday : me.digest_weekday
        return (
          <NativeSelect
            className={styles['wide'] ?? ''}
            label={t('learners.digest.label')}
            description={t('learners.digest.note')}
            value={chosen == null ? '' : String(chosen)}
            disabled={change.isPending}
            data={[{ value: '', label: t('learners.digest.none') }, ...days]}
            onChange={({ currentTarget: { value } }) =>
              change.mutate({ digest_weekday: value === '' ? null : Number(value) }, { onError: toasts.failed })
            }
          />
        )
      }}
    </QueryCard>
  )
}
