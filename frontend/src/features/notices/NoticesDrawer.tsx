import '@/theme/later.css'

import { Button, Drawer } from '@mantine/core'
import { BellOff } from 'lucide-react'

import { useProgress } from '@/features/overview/api/progress'
import { CardSkeleton } from '@/parts/cards/CardSkeleton'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { ErrorPanel } from '@/parts/cards/ErrorPanel'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import { useNotices } from './api/notifications'
import { useMarkSeen } from './api/seen'
import { NoticeRow } from './NoticeRow'
import styles from './notices.module.css'

interface Props {
  readonly unread: number
  readonly onClose: () => void
}

/** All notices, newest first. A chunk of its own, like every dialog. */
export default function NoticesDrawer({ unread, onClose }: Props) {
  const { t } = useWords()
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="26rem"
      title={t('notices.title')}
      closeButtonProps={{ 'aria-label': t('notices.close') }}
    >
      <List unread={unread} />
    </Drawer>
  )
}

function List({ unread }: { readonly unread: number }) {
  const { t } = useWords()
  const list = useNotices()
  const timeZone = useProgress().data?.timezone ?? 'UTC'
  if (list.data === undefined) {
    if (list.error === null) return <CardSkeleton title={t('notices.title')} lines={6} />
    return <ErrorPanel error={list.error} text={t('notices.missing')} retry={() => void list.refetch()} />
  }
  const notices = list.data.pages.flatMap((page) => page.notifications)
  const newest = notices[0]
  if (newest === undefined) return <EmptyPanel Icon={BellOff} text={t('notices.empty')} />
  return (
    <>
      {unread > 0 && <MarkAll upTo={newest.id} />}
      <ul className={styles['list']} aria-busy={list.isFetching}>
        {notices.map((notice) => (
          <NoticeRow key={notice.id} notice={notice} timeZone={timeZone} />
        ))}
      </ul>
      {list.hasNextPage ? (
        <Button variant="default" fullWidth loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('notices.more')}
        </Button>
      ) : (
        <p className="note">{t('notices.end')}</p>
      )}
    </>
  )
}

function MarkAll({ upTo }: { readonly upTo: string }) {
  const { t } = useWords()
  const seen = useMarkSeen()
  const toasts = useToasts()
  const mark = () =>
    seen.mutate({ up_to: upTo }, {
      onSuccess: ({ marked }) => toasts.done(t('notices.marked', { count: marked })),
      onError: toasts.failed,
    })
  return (
    <Button variant="light" size="xs" loading={seen.isPending} onClick={mark}>
      {t('notices.markAll')}
    </Button>
  )
}
