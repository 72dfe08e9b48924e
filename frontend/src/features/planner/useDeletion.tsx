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

const DeletionContext = createContext<Deletion | null>(null)

export function useDeletion(): Deletion {
  const deletion = use(DeletionContext)
  if (deletion === null) throw new Error('useDeletion outside of DeletionProvider')
  return deletion
}

export function DeletionProvider({ children }: { readonly children: ReactNode }) {
  const { t } = useWords()
  const { mutateAsync } = useDeleteTask()
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const waiting = useRef(new Set<string>())
  const show = useCallback((taskId: string) => setHidden((before) => new Set([...before].filter((id) => id !== taskId))), [])
  const settle = useCallback(
    (taskId: string) => {
      if (!waiting.current.delete(taskId)) return
      mutateAsync(taskId).then(
        () => show(taskId),
        () => {
          show(taskId)
          notifications.show({ message: t('planner.deleted.failed'), color: 'red', role: 'alert', closeButtonProps: { 'aria-label': t('planner.toast.close') } })
        },
      )
    },
    [mutateAsync, show, t],
  )
  useEffect(() => {
    const flush = () => [...waiting.current].forEach(settle)
    window.addEventListener('pagehide', flush)
    return () => {
      window.removeEventListener('pagehide', flush)
      flush()
    }
  }, [settle])
  const deletion = useMemo<Deletion>(() => {
    const undo = (taskId: string) => {
      waiting.current.delete(taskId)
      show(taskId)
      notifications.hide(taskId)
      document.querySelector<HTMLElement>('main h1')?.focus()
    }
    return {
      isHidden: (taskId) => hidden.has(taskId),
      remove: (taskId, title) => {
        waiting.current.add(taskId)
        setHidden((before) => new Set([...before, taskId]))
        notifications.show({
          id: taskId,
          autoClose: MILLISECONDS_TO_UNDO,
          onClose: () => settle(taskId),
          closeButtonProps: { 'aria-label': t('planner.toast.close') },
          role: 'status',
          message: (
            <Group justify="space-between" wrap="nowrap">
              <Text>{t('planner.deleted', { title })}</Text>
              <Button variant="default" size="xs" onClick={() => undo(taskId)}>
                {t('planner.undo')}
              </Button>
            </Group>
          ),
        })
      },
    }
  }, [hidden, settle, show, t])
  return <DeletionContext value={deletion}>{children}</DeletionContext>
}
