import { Button } from '@mantine/core'
import { Plus } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { CompositeGoals } from '@/features/spaces/CompositeGoals'
import { Spaces } from '@/features/spaces/Spaces'
import { CardGrid } from '@/parts/cards/Card'
import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

import type { GoalTarget } from './GoalCreation'
import { GoalList } from './GoalList'

// The form is loaded when it is opened.
const GoalCreation = lazy(async () => ({ default: (await import('./GoalCreation')).GoalCreation }))

/** Goals that the learner has set, and those that the platform makes of its spaces. */
export function GoalsPage() {
  const { t } = useWords()
  const [target, setTarget] = useState<GoalTarget | null>(null)
  // The drawer stays where it is once it was opened, or it could not give the focus back.
  const [hasOpened, setOpened] = useState(false)
  const open = (goal: GoalTarget) => {
    setTarget(goal)
    setOpened(true)
  }
  return (
    <>
      <PageHeader
        title={t('goals.title')}
        note={t('goals.note')}
        actions={
          <Button leftSection={<Plus size={18} aria-hidden />} onClick={() => open('new')}>
            {t('goals.new')}
          </Button>
        }
      />
      <CardGrid>
        <GoalList onEdit={open} onNew={() => open('new')} />
        <CompositeGoals />
        <Spaces />
      </CardGrid>
      {hasOpened && (
        <Suspense>
          <GoalCreation target={target} onClose={() => setTarget(null)} />
        </Suspense>
      )}
    </>
  )
}
