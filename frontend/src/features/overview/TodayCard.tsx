import { Bar } from '@/parts/progress/Bar'
import { QueryCard } from '@/parts/cards/QueryCard'
import { Ring } from '@/parts/progress/Ring'
import { useWords } from '@/words/words'

import { useFeatures, useWeekStart } from './api/features'
import { useGoalsProgress, type GoalProgress } from './api/goals-progress'
import { usePlannedDay } from './api/planned-day'
import { useProgress } from './api/progress'
import { useWeek } from './api/week'
import { CardLink } from './CardLink'
import styles from './home.module.css'
import { Loaded } from './Loaded'
import { useGoalWords } from './useGoalWords'
import { WeekBars } from './WeekBars'

const RING = 120
const BARS = 90

interface Props {
  /** In quiet mode the week has a card of its own. */
  readonly isWithWeek: boolean
}

/** What today has brought: the ring of a daily goal, tasks, exercises; and the days of this week. */
export function TodayCard({ isWithWeek }: Props) {
  const { t } = useWords()
  const progress = useProgress()
  return (
    <QueryCard
      title={t('overview.today')}
      query={progress}
      span={4}
      height={380}
      aside={<CardLink to="/planner">{t('overview.today.planner')}</CardLink>}
    >
      {(answer) => (
        <div className={styles['today']}>
          <div className={styles['ring']}>
            <TodayRing today={answer.local_day} isMet={answer.streak?.met_today ?? answer.exercises_today > 0} />
          </div>
          <div className={styles['rows']}>
            <Tasks today={answer.local_day} />
            <div className={styles['row']}>
              <span>{t('overview.exercises')}</span>
              <span>{t('overview.today.exercises', { count: answer.exercises_today })}</span>
            </div>
          </div>
          {isWithWeek && <ThisWeek today={answer.local_day} />}
        </div>
      )}
    </QueryCard>
  )
}

/** A goal of a single day, if there is one: time first, since the ring is about time otherwise. */
function dailyGoal(goals: readonly GoalProgress[]): GoalProgress | undefined {
  const daily = goals.filter(({ period, status }) => period.start === period.end && status !== 'not_applicable')
  return daily.find(({ target_type }) => target_type === 'minutes') ?? daily[0]
}

function TodayRing({ today, isMet }: { readonly today: string; readonly isMet: boolean }) {
  const { t, format } = useWords()
  const { amount } = useGoalWords()
  const week = useWeek(today, useWeekStart())
  const isWithGoals = useFeatures().data?.features.goals !== false
  const goal = dailyGoal(useGoalsProgress(isWithGoals).data ?? [])
  return (
    <Loaded title={t('overview.today')} query={week} height={RING}>
      {({ trend }) => {
        if (goal !== undefined) {
          const reached = amount(goal.target_type, goal.achieved_value)
          const note = t('overview.today.of', { target: amount(goal.target_type, goal.target_value) })
          return <Ring label={goal.name} percent={goal.percent_complete} text={reached} note={note} />
        }
        const minutes = trend.find(({ day }) => day === today)?.minutes ?? 0
        const note = isMet ? t('overview.today.met') : t('overview.today.open')
        return <Ring label={t('overview.minutes')} percent={isMet ? 100 : 0} text={format.minutes(minutes)} note={note} />
      }}
    </Loaded>
  )
}

function Tasks({ today }: { readonly today: string }) {
  const { t } = useWords()
  return (
    <Loaded title={t('overview.today.tasks')} query={usePlannedDay(today)} height={42}>
      {({ days: [day] }) => {
        const due = day?.due_tasks_count ?? 0
        const done = day?.due_completed_tasks_count ?? 0
        // The share only draws the bar.
        if (due > 0) return <Bar label={t('overview.today.tasks')} percent={(done / due) * 100} text={t('overview.of', { now: done, total: due })} />
        return (
          <div className={styles['row']}>
            <span>{t('overview.today.tasks')}</span>
            <span>{t('overview.today.noTasks')}</span>
          </div>
        )
      }}
    </Loaded>
  )
}

function ThisWeek({ today }: { readonly today: string }) {
  const { t, format } = useWords()
  const weekStart = useWeekStart()
  return (
    <div className={styles['week']}>
      <Loaded title={t('overview.week')} query={useWeek(today, weekStart)} height={BARS}>
        {(week) => (
          <>
            <div className={styles['row']}>
              <h3>{t('overview.week')}</h3>
              <span>{format.minutes(week.minutes)}</span>
            </div>
            <WeekBars week={week} weekStart={weekStart} />
          </>
        )}
      </Loaded>
    </div>
  )
}
