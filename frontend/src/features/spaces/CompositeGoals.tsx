import { Flag } from 'lucide-react'

import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords } from '@/words/words'

import { useCompositeGoalProgress, useCompositeGoals } from './api/compositeGoals'
import { PartsOfProgress } from './PartsOfProgress'

/** The goals that the platform makes of spaces and milestones, each open to its parts. */
export function CompositeGoals() {
  const { t } = useWords()
  return (
    <QueryCard
      title={t('spaces.goals')}
      query={useCompositeGoals()}
      span={6}
      height={160}
      isEmpty={({ composite_goals: goals }) => goals.length === 0}
      empty={<EmptyPanel Icon={Flag} text={t('spaces.goals.empty')} />}
    >
      {({ composite_goals: goals }) =>
        goals.map((goal) => (
          <CompositeGoal key={goal.goal_id} goalId={goal.goal_id} title={goal.title} total={goal.total} />
        ))
      }
    </QueryCard>
  )
}

interface Props {
  readonly goalId: string
  readonly title: string
  readonly total: number
}

function CompositeGoal({ goalId, title, total }: Props) {
  const progress = useCompositeGoalProgress(goalId)
  return <PartsOfProgress title={title === '' ? goalId : title} total={total} progress={progress} />
}
