// Deleting a task with a way back. Undo loses neither the completion nor the activity that belongs to it.
import { createContext, use, useMemo, type ReactNode } from 'react'

import { useUndo } from '@/parts/useUndo'
import { useWords } from '@/words/words'

import { useDeleteTask } from '../api/task'

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
  const undo = useUndo(mutateAsync, t('planner.deleted.failed'))
  const deletion = useMemo<Deletion>(
    () => ({ ...undo, remove: (taskId, title) => undo.remove(taskId, t('planner.deleted', { title })) }),
    [undo, t],
  )
  return <DeletionContext value={deletion}>{children}</DeletionContext>
}
