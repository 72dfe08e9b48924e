import { Drawer } from '@mantine/core'

import { useWords } from '@/words/words'

import type { Goal } from './api/goals'
import { GoalForm } from './GoalForm'

export type GoalTarget = Goal | 'new'

interface Props {
  /** The goal to edit, or a new one; null while the drawer is closed. */
  readonly target: GoalTarget | null
  readonly onClose: () => void
}

/** A goal by form, in a drawer. */
export function GoalCreation({ target, onClose }: Props) {
  const { t } = useWords()
  return (
    <Drawer
      opened={target !== null}
      onClose={onClose}
      position="right"
      title={t(target === null || target === 'new' ? 'goals.form.new' : 'goals.form.edit')}
      closeButtonProps={{ 'aria-label': t('goals.form.close') }}
    >
      {target !== null && <GoalForm goal={target === 'new' ? null : target} onClose={onClose} />}
    </Drawer>
  )
}
