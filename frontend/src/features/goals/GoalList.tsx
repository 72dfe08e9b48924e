import { Button, SegmentedControl } from '@mantine/core'
import { Target } from 'lucide-react'
import { useSearchParams } from 'react-router'

import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useUndo, type Undo } from '@/parts/useUndo'
import { useWords } from '@/words/words'

import { useArchiveGoal } from './api/goal'
import { useGoals, type Goal } from './api/goals'
import { GoalRow } from './GoalRow'
import styles from './goals.module.css'

interface Props {
  readonly onEdit: (goal: Goal) => void
  readonly onNew: () => void
}

/** The goals in force or, by the address, those that are archived. */
export function GoalList({ onEdit, onNew }: Props) {
  const { t } = useWords()
  const [search, setSearch] = useSearchParams()
  const isArchive = search.get('goals') === 'archived'
  const query = useGoals(isArchive)
  const { mutateAsync } = useArchiveGoal()
  const undo = useUndo(mutateAsync, t('goals.archive.failed'))
  return (
    <QueryCard
      title={t(isArchive ? 'goals.archived' : 'goals.active')}
      query={query}
      height={320}
      errorText={t('goals.error')}
      isEmpty={({ goals }) => goals.length === 0}
      empty={<NoGoals isArchive={isArchive} onNew={onNew} />}
      aside={
        <SegmentedControl
          size="xs"
          aria-label={t('goals.which')}
          value={isArchive ? 'archived' : 'active'}
          data={[
            { value: 'active', label: t('goals.which.active') },
            { value: 'archived', label: t('goals.which.archived') },
          ]}
          onChange={(value) => setSearch(value === 'archived' ? { goals: value } : {}, { replace: true })}
        />
      }
    >
      {({ goals }) => <Rows goals={goals} undo={undo} onEdit={onEdit} />}
    </QueryCard>
  )
}

function NoGoals({ isArchive, onNew }: { readonly isArchive: boolean; readonly onNew: () => void }) {
  const { t } = useWords()
  if (isArchive) return <EmptyPanel Icon={Target} text={t('goals.archived.empty')} />
  return <EmptyPanel Icon={Target} text={t('goals.empty')} action={<Button onClick={onNew}>{t('goals.first')}</Button>} />
}

interface RowsProps {
  readonly goals: readonly Goal[]
  readonly undo: Undo
  readonly onEdit: (goal: Goal) => void
}

function Rows({ goals, undo, onEdit }: RowsProps) {
  const { t } = useWords()
  const archive = (goal: Goal) => undo.remove(goal.goal_id, t('goals.archive.done', { name: goal.name }))
  return (
    <ul className={styles['rows']}>
      {goals
        .filter((goal) => !undo.isHidden(goal.goal_id))
        .map((goal) => (
          <GoalRow key={goal.goal_id} goal={goal} {...(!goal.archived && { onEdit, onArchive: archive })} />
        ))}
    </ul>
  )
}
