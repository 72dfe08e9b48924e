import { Button } from '@mantine/core'
import { Link } from 'react-router'

import { useChangeMe } from '@/features/learners/api/me'
import { Card } from '@/parts/cards/Card'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import styles from './leaderboards.module.css'

/** What others see, and the way off the boards. Joining again brings everything back, so nothing is asked. */
export function LeaveCard({ name }: { readonly name: string | null }) {
  const { t } = useWords()
  const change = useChangeMe()
  const toasts = useToasts()
  const leave = () =>
    change.mutate({ boards: false }, { onSuccess: () => toasts.done(t('leaderboards.left')), onError: toasts.failed })
  return (
    <Card title={t('leaderboards.seenAs')}>
      <div className={styles['leave']}>
        <p>
          {name === null ? t('leaderboards.seenAs.nameless') : t('leaderboards.seenAs.name', { name })}{' '}
          <Link to="/settings">{t('leaderboards.seenAs.change')}</Link>
        </p>
        <p className="note">{t('leaderboards.leave.note')}</p>
        <Button variant="default" onClick={leave} loading={change.isPending}>
          {t('leaderboards.leave')}
        </Button>
      </div>
    </Card>
  )
}
