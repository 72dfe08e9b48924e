import { Sprout } from 'lucide-react'

import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords } from '@/words/words'

import { usePredictions, type NextLevel } from './api/predictions'
import { CardLink } from './CardLink'
import { EstimateWhy } from './EstimateWhy'
import styles from './home.module.css'
import { useEstimate } from './useEstimate'

/** The level to expect next: what is missing and when it is likely. */
export function NextLevelCard() {
  const { t } = useWords()
  return (
    <QueryCard
      title={t('overview.level')}
      query={usePredictions()}
      height={84}
      aside={<CardLink to="/skills">{t('overview.level.all')}</CardLink>}
      isEmpty={({ next_level }) => next_level === null}
      empty={<EmptyPanel Icon={Sprout} text={t('overview.level.empty')} />}
    >
      {({ next_level: next }) => next !== null && <Next next={next} />}
    </QueryCard>
  )
}

function Next({ next }: { readonly next: NextLevel }) {
  const { t, format } = useWords()
  const estimate = useEstimate()
  const isGradeMissing = next.grade_missing > 0
  const isExercisesMissing = next.exercises_missing > 0
  return (
    <>
      <div className={styles['level']}>
        <h3>{next.topic}</h3>
        <span className="note">{t('overview.level.to', { level: next.level })}</span>
      </div>
      <p>
        {isExercisesMissing && t('overview.level.exercises', { count: next.exercises_missing })}{' '}
        {isGradeMissing
          ? t('overview.level.grade', { points: format.number(next.grade_missing, 2) })
          : t('overview.level.gradeEnough')}
      </p>
      {next.estimate.code !== 'grade_missing' && (
        <p className="note">
          {estimate(next.estimate)} <EstimateWhy figure={next.topic} estimate={next.estimate} />
        </p>
      )}
    </>
  )
}
