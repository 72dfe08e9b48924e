import { Button } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import { Target } from 'lucide-react'
import { Link } from 'react-router'

import { Bar, type BarTone } from '@/parts/progress/Bar'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { GoalChip } from '@/parts/GoalChip'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords, type Words } from '@/words/words'

import type { Dashboard } from '@/features/insight/api/dashboard'
import styles from '@/features/insight/insight.module.css'

type Goal = NonNullable<Dashboard['goals']>[number]

const TONES: Readonly<Record<Goal['status'], BarTone>> = {
  achieved: 'earned', on_track: 'earned', behind: 'now', not_started: 'quiet', missed: 'quiet', not_applicable: 'quiet',
}

/** "55 of 60 exercises (92%)". */
function progressOf(goal: Goal, { t, format }: Words): string {
  const say = goal.target_type === 'minutes' ? format.minutes : format.number
  return t(`insight.goal.progress.${goal.target_type}`, {
    achieved: say(goal.achieved_value),
    target: say(goal.target_value),
    count: goal.target_value,
    percent: format.percent(goal.percent_complete),
  })
}

/** Goals in their current period; with a category, those that count its tasks. Absent where goals are switched off. */
export function GoalsCard({ query }: { readonly query: UseQueryResult<Dashboard> }) {
  const { t } = useWords()
  if (query.data !== undefined && query.data.goals === undefined) return null
  const next = (
    <Button component={Link} to="/goals" variant="default">
      {t('insight.goals.next')}
    </Button>
  )
  return (
    <QueryCard
      title={t('insight.goals')}
      query={query}
      height={120}
      aside={<Link to="/goals">{t('insight.goals.all')}</Link>}
      isEmpty={(answer) => answer.goals?.length === 0}
      empty={<EmptyPanel Icon={Target} text={t('insight.goals.empty')} action={next} />}
    >
      {(answer) => (
        <ul className={styles['goals']}>
          {(answer.goals ?? []).map((goal) => (
            <GoalRow key={goal.goal_id} goal={goal} />
          ))}
        </ul>
      )}
    </QueryCard>
  )
}

function GoalRow({ goal }: { readonly goal: Goal }) {
  const words = useWords()
  const { format } = words
  const text = `${progressOf(goal, words)} · ${format.days(goal.period.start, goal.period.end)}`
  return (
    <li>
      <Bar
        label={goal.name}
        percent={goal.percent_complete}
        text={text}
        tone={TONES[goal.status]}
        aside={<GoalChip status={goal.status} />}
      />
    </li>
  )
}
