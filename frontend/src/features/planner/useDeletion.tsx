// Deleting a task with a way back: it is hidden at once and deleted when its toast is gone. Undo therefore loses nothing,
// neither the completion nor the activity that belongs to it.
import { Button, Group, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { createContext, use, useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'

import { useWords } from '@/words/words'

import { useDeleteTask } from './api/task'

const MILLISECONDS_TO_UNDO = 10_000

interface Deletion {
  readonly isHidden: (taskId: string) => boolean
  readonly remove: (taskId: string, title: string) => void
}

function focusTitle() {
  document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
}

const DeletionContext = createContext<Deletion | null>(null)

export function useDeletion(): Deletion {
  const deletion = use(DeletionContext)
  if (deletion === null) throw new Error('useDeletion outside of DeletionProvider')
  return deletion
}

/** Tasks that are hidden and wait to be deleted. `settle` deletes one now, unless it was taken back. */
function useWaiting() {
  const { t } = useWords()
  const { mutateAsync } = useDeleteTask()
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const waiting = useRef(new Set<string>())
  const hide = useCallback((taskId: string) => {
    waiting.current.add(taskId)
    setHidden((before) => new Set([...before, taskId]))
  }, [])
  const show = useCallback((taskId: string) => {
    waiting.current.delete(taskId)
    setHidden((before) => new Set([...before].filter((id) => id !== taskId)))
  }, [])
  const settle = useCallback(
    (taskId: string) => {
      if (!waiting.current.delete(taskId)) return
      const failed = () => {
        show(taskId)
        const message = t('planner.deleted.failed')
        notifications.show({ message, color: 'danger', role: 'alert', autoClose: false, closeButtonProps: { 'aria-label': t('parts.toast.close') } })
      }
      mutateAsync(taskId).then(() => show(taskId), failed)
    },
    [mutateAsync, show, t],
  )
  useEffect(() => {
    const flush = () =>
      [...waiting.current].forEach((taskId) => {
        settle(taskId)
        notifications.hide(taskId)
      })
    window.addEventListener('pagehide', flush)
    return () => {
      window.removeEventListener('pagehide', flush)
      flush()
    }
  }, [settle])
  return { hidden, hide, show, settle }
}

export function DeletionProvider({ children }: { readonly children: ReactNode }) {
  const { t } = useWords()
  const { hidden, hide, show, settle } = useWaiting()
  const deletion = useMemo<Deletion>(() => {
    const undo = (taskId: string) => {
      show(taskId)
      notifications.hide(taskId)
      focusTitle()
    }
    const remove = (taskId: string, title: string) => {
      hide(taskId)
      notifications.show({
        id: taskId,
        autoClose: MILLISECONDS_TO_UNDO,
        onClose: () => {
          settle(taskId)
          if (document.activeElement === document.body) focusTitle()
        },
        closeButtonProps: { 'aria-label': t('parts.toast.close') },
        role: 'status',
        message: (
          <Group justify="space-between" wrap="nowrap">
            <Text>{t('planner.deleted', { title })}</Text>
            {/* What had the focus before is gone with the task. */}
            <Button variant="default" size="xs" ref={(button) => button?.focus()} onClick={() => undo(taskId)}>
              {t('planner.undo')}
            </Button>
          </Group>
        ),
      })
    }
    return { isHidden: (taskId) => hidden.has(taskId), remove }
  }, [hidden, hide, settle, show, t])
  return <DeletionContext value={deletion}>{children}</DeletionContext>
}
