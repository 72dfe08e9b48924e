import { Button } from '@mantine/core'
import { Archive, ChartNoAxesColumn, Pencil } from 'lucide-react'
import { useId, useState } from 'react'

import { useCategories } from '@/features/planner/api/categories'
import { GoalChip } from '@/parts/GoalChip'
import { useWords } from '@/words/words'

import type { Goal } from './api/goals'
import { GoalHistory } from './GoalHistory'
import { GoalProgress } from './GoalProgress'
import styles from './goals.module.css'
import { Sparkline } from './Sparkline'

interface Props {
  readonly goal: Goal
  readonly onEdit?: (goal: Goal) => void
  readonly onArchive?: (goal: Goal) => void
}

/** One goal: what it counts, how far its period is, how the last ones ended, and what can be done with it. */
export function GoalRow({ goal, onEdit, onArchive }: Props) {
  const { t } = useWords()
  const [isOpen, setOpen] = useState(false)
  const details = useId()
  return (
    <li className={styles['row']}>
      <div className={styles['head']}>
        <h3>{goal.name}</h3>
        {goal.progress && !goal.archived && <GoalChip status={goal.progress.status} />}
      </div>
      <p className="note">
        <Counted goal={goal} />
      </p>
      <div className={styles['body']}>
        {goal.progress && !goal.archived ? <GoalProgress progress={goal.progress} variant="linear" /> : <span />}
        {goal.sparkline && <Sparkline points={goal.sparkline} name={goal.name} />}
      </div>
      <div className={styles['actions']}>
        {onEdit && (
          <Button variant="default" size="xs" leftSection={<Pencil size={14} aria-hidden />} onClick={() => onEdit(goal)} aria-label={t('goals.edit.label', { name: goal.name })}>
            {t('goals.edit')}
          </Button>
        )}
        {onArchive && (
          <Button variant="default" size="xs" leftSection={<Archive size={14} aria-hidden />} onClick={() => onArchive(goal)} aria-label={t('goals.archive.label', { name: goal.name })}>
            {t('goals.archive')}
          </Button>
        )}
        <Button
          variant="default"
          size="xs"
          leftSection={<ChartNoAxesColumn size={14} aria-hidden />}
          aria-expanded={isOpen}
          aria-controls={details}
          aria-label={t('goals.details.label', { name: goal.name })}
          onClick={() => setOpen(!isOpen)}
        >
          {t('goals.details')}
        </Button>
      </div>
      <div id={details} hidden={!isOpen}>
        {isOpen && <GoalHistory goal={goal} />}
      </div>
    </li>
  )
}

/** "120 minutes a week in Reading". */
function Counted({ goal }: { readonly goal: Goal }) {
  const { t, format } = useWords()
  const categories = useCategories()
  const category =
    goal.category_id === 'uncategorised'
      ? t('goals.uncategorised')
      : categories.data?.categories.find(({ category_id: id }) => id === goal.category_id)?.name
  const place = goal.topic ?? category
  const amount = t(`goals.amount.${goal.target_type}`, { value: goal.target_value, shown: format.number(goal.target_value) })
  const sentence = t(`goals.each.${goal.time_period}`, { amount })
  return place === undefined ? sentence : t('goals.of', { sentence, place })
}
