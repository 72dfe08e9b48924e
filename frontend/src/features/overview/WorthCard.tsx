import {
  ChartNoAxesCombined, Clock, Hourglass, ListTodo, Medal, RotateCcw, Route, Sparkles, Sprout, Star, Target, TrendingUp, type LucideIcon,
} from 'lucide-react'

import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { FeedRow } from '@/parts/records/FeedRow'
import { QueryCard } from '@/parts/cards/QueryCard'
import { Why } from '@/parts/Why'
import { useWords } from '@/words/words'

import { useAchievements } from './api/achievements'
import { useInsights, type Insight } from './api/insights'
import { useRecommendations, type Recommendation } from './api/recommendations'
import { useTask } from './api/task'
import { CardLink } from './CardLink'
import styles from './home.module.css'
import { Loaded } from './Loaded'

const SHOWN = 3

const TO_DO: Readonly<Record<Recommendation['kind'], LucideIcon>> = {
  streak_at_risk: Hourglass, overdue_task: ListTodo, near_level: Sprout, weak_topic: Target, near_achievement: Medal,
  review_topic: RotateCcw, neglected_path: Route,
}
const SEEN: Readonly<Record<Insight['kind'], LucideIcon>> = {
  best_weekday: ChartNoAxesCombined, best_hour: Clock, trend: TrendingUp, consistency: Sparkles,
  strongest_area: Star, improvement_area: Target, points_mix: ChartNoAxesCombined,
}

/** What to do next and what stands out, each with its reason. */
export function WorthCard() {
  const { t } = useWords()
  const insights = useInsights()
  const recommendations = useRecommendations()
  return (
    <QueryCard
      title={t('overview.worth')}
      query={recommendations}
      height={220}
      aside={<CardLink to="/analytics">{t('overview.worth.all')}</CardLink>}
      isEmpty={(answer) => answer.recommendations.length === 0 && insights.data?.insights.length === 0}
      empty={<EmptyPanel Icon={Sparkles} text={t('overview.worth.empty')} />}
    >
      {(answer) => (
        <ul className={styles['worth']}>
          {answer.recommendations.slice(0, SHOWN).map((one) => (
            <Advice key={one.rank} one={one} />
          ))}
          <Loaded title={t('overview.worth')} query={insights} height={100}>
            {(seen) => seen.insights.slice(0, SHOWN).map((one) => <Observation key={one.kind} one={one} />)}
          </Loaded>
        </ul>
      )}
    </QueryCard>
  )
}

function Advice({ one }: { readonly one: Recommendation }) {
  const { said } = useWords()
  const task = useTask(one.kind === 'overdue_task' ? one.subject : null).data
  const achievements = useAchievements(one.kind === 'near_achievement').data
  const badge = achievements?.achievements.find(({ code }) => code === one.subject)
  // Titles are not among the values; until they are there, the service's own sentence stands.
  const isNamed = one.kind === 'overdue_task' || one.kind === 'near_achievement'
  const subject = isNamed ? (task?.title ?? badge?.title) : one.subject
  const sentence = { code: one.code, values: { ...one.values, subject: subject ?? '' }, text: one.text }
  const text = isNamed && subject === undefined ? one.text : said('overview', sentence)
  const reason = said('overview', { code: `${one.code}_reason`, values: one.values, text: one.reason })
  return <FeedRow Icon={TO_DO[one.kind]} text={text} note={reason} />
}

function Observation({ one }: { readonly one: Insight }) {
  const { t, said, format } = useWords()
  const numbers = Object.entries(one.values).flatMap(([name, value]) =>
    typeof value === 'number' && name !== 'weekday' && name !== 'hour' ? [{ name, value }] : [],
  )
  const rows = numbers.map(({ name, value }) => ({ label: t('overview.number', { name }), value: format.number(value, 2) }))
  const text = said('overview', one)
  return <FeedRow Icon={SEEN[one.kind]} text={text} value={<Why figure={text} rows={rows} />} />
}
