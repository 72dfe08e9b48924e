import { ActionIcon } from '@mantine/core'
import { Bell } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { useWords } from '@/words/words'

import { useUnread } from './api/notifications'
import styles from './notices.module.css'

const NoticesDrawer = lazy(() => import('./NoticesDrawer'))

const MOST_SHOWN = 99

/** The way to the notices, with how many are unread. In quiet mode there is none. */
export function NoticesBell() {
  const { t, format } = useWords()
  const { data } = useUnread()
  const [isOpen, setOpen] = useState(false)
  if (data?.quiet === true) return null
  const unread = data?.unread ?? 0
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={40}
        className={styles['bell'] ?? ''}
        aria-label={t('notices.open', { count: unread })}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        <Bell size={20} aria-hidden />
        {unread > 0 && (
          <span className={styles['count']} data-count={unread > MOST_SHOWN ? t('notices.many') : format.number(unread)} />
        )}
      </ActionIcon>
      {isOpen && (
        <Suspense>
          <NoticesDrawer unread={unread} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}
