import { Sprout } from 'lucide-react'

import { estimateRows, estimateSentence } from '@/features/achievements/estimates'
import { usePredictions } from '@/features/achievements/api/predictions'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { QueryCard } from '@/parts/cards/QueryCard'
import { Why } from '@/parts/Why'
import { useWords } from '@/words/words'

import { useSkillWords } from './useSkillWords'

/** The level that comes next over all topics, and when. */
export function NextLevelCard() {
  const words = useWords()
  const { t, format } = words
  const { level } = useSkillWords()
  return (
    <QueryCard
      title={t('skills.next')}
      query={usePredictions()}
      lines={2}
      isEmpty={({ next_level: next }) => next === null}
      empty={<EmptyPanel Icon={Sprout} text={t('skills.next.none')} />}
    >
      {({ next_level: next }) => {
        if (next === null) return null
        const title = t('skills.next.title', { level: level(next.level), topic: next.topic })
        const rows = [
          { label: t('skills.why.exercisesMissing'), value: format.number(next.exercises_missing) },
          { label: t('skills.why.gradeMissing'), value: format.number(next.grade_missing) },
          ...estimateRows(next.estimate, words),
        ]
        return (
          <>
            <h3>
              {title} <Why figure={title} rows={rows} />
            </h3>
            <p>{estimateSentence(next.estimate, words)}</p>
          </>
        )
      }}
    </QueryCard>
  )
}
