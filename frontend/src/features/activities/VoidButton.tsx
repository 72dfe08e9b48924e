import { Button, Popover } from '@mantine/core'
import { Undo2 } from 'lucide-react'
import { useState } from 'react'

import { Problem } from '@/api/problems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import styles from './activities.module.css'
import { useVoidActivity, type FedActivity } from './api/activities'

interface Props {
  readonly activity: FedActivity
  /** What it says in its row. */
  readonly text: string
  /** How long it can be taken back after it was recorded. */
  readonly hours: number
}

function isLate(error: Error | null): boolean {
  return error instanceof Problem && error.code === 'void_too_late'
}

/** Takes back an own activity, after asking: there is no way to bring it back. */
export function VoidButton({ activity, text, hours }: Props) {
  const { t } = useWords()
  const [isOpen, setOpen] = useState(false)
  const toasts = useToasts()
  const voiding = useVoidActivity()
  // Its row, and this button with it, is gone before the callbacks of `mutate` would be called.
  const takeBack = async () => {
    try {
      const { status } = await voiding.mutateAsync(activity.id)
      toasts.done(t(status === 'queued' ? 'activities.void.queued' : 'activities.void.done'))
      document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true })
    } catch (error) {
      if (!(error instanceof Error) || isLate(error)) return
      setOpen(false)
      toasts.failed(error)
    }
  }
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus returnFocus withArrow position="bottom-end" shadow="md">
      <Popover.Target>
        <Button variant="subtle" size="compact-sm" aria-label={t('activities.void.label', { text })} onClick={() => setOpen(!isOpen)}>
          <Undo2 size={14} aria-hidden />
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('activities.void.title')}>
        <div className={styles['confirm']}>
          <p>{t('activities.void.ask', { hours })}</p>
          {isLate(voiding.error) && (
            <p role="alert" className={styles['late']}>
              {t('activities.void.late', { hours })}
            </p>
          )}
          <div className={styles['buttons']}>
            <Button color="danger" size="compact-md" loading={voiding.isPending} onClick={() => void takeBack()}>
              {t('activities.void.confirm')}
            </Button>
            <Button variant="default" size="compact-md" onClick={() => setOpen(false)}>
              {t('activities.void.keep')}
            </Button>
          </div>
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}
