import { Switch } from '@mantine/core'

import { QueryCard } from '@/parts/cards/QueryCard'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import { useChangeMe, useMe } from './api/me'

/** Quiet mode: no streak, badge, notice or rank anywhere. Everything is counted as before. */
export function QuietSection() {
  const { t } = useWords()
  const change = useChangeMe()
  const toasts = useToasts()
  return (
    <QueryCard title={t('learners.quiet')} query={useMe()} lines={2}>
      {(me) => (
        <Switch
          label={t('learners.quiet.label')}
          description={t('learners.quiet.note')}
          checked={change.isPending ? change.variables.quiet === true : me.quiet}
          disabled={change.isPending}
          onChange={(event) => change.mutate({ quiet: event.currentTarget.checked }, { onError: toasts.failed })}
        />
      )}
    </QueryCard>
  )
}
