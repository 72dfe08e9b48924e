import { Button } from '@mantine/core'
import { Link } from 'react-router'

import { Bar } from '@/parts/progress/Bar'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { GoalChip } from '@/parts/GoalChip'
import { QueryCard } from '@/parts/cards/QueryCard'
import { Why } from '@/parts/Why'
import { useWords } from '@/words/words'

import { useGoalsProgress, type GoalProgress } from './api/goals-progress'
import { CardLink } from './CardLink'
import styles from './home.module.css'
import { useGoalWords } from './useGoalWords'

const SHOWN = 4

/** The goals of the current periods at a glance. */
export function GoalsCard() {
  const { t } = useWords()
  return (
    <QueryCard
      title={t('overview.goals')}
      query={useGoalsProgress()}
      height={240}
      aside={<CardLink to="/goals">{t('overview.goals.all')}</CardLink>}
      isEmpty={(goals) => goals.length === 0}
      empty={
        <EmptyPanel
          text={t('overview.goals.empty')}
          action={
            <Button variant="light" component={Link} to="/goals">
              {t('overview.goals.add')}
            </Button>
          }
        />
      }
    >
      {(goals) => (
        <ul className={styles['goals']}>
          {goals.slice(0, SHOWN).map((goal) => (
            <Goal key={goal.goal_id} goal={goal} />
          ))}
        </ul>
      )}
    </QueryCard>
  )
}

function Goal({ goal }: { readonly goal: GoalProgress }) {
  const { t, format } = useWords()
  const { amount, progress } = useGoalWords()
  const target = amount(goal.target_type, goal.target_value)
  const rows = [
    { label: t('overview.goals.reached'), value: amount(goal.target_type, goal.achieved_value) },
    { label: t('overview.goals.target'), value: target },
    { label: t('overview.goals.percent'), value: format.percent(goal.percent_complete, 2) },
    { label: t('overview.goals.period'), value: format.days(goal.period.start, goal.period.end) },
  ]
  const day = format.day(goal.period.end, 'short')
  const text = t('overview.goals.until', { progress: progress(goal), day })
  return (
    <li>
      <Bar
        label={goal.name}
        percent={goal.percent_complete}
        text={text}
        tone={goal.status === 'behind' ? 'now' : 'earned'}
        aside={
          <span>
            <Why figure={goal.name} rows={rows} />
            <GoalChip status={goal.status} />
          </span>
        }
      />
    </li>
  )
}
