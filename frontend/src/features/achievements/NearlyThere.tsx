import { UnstyledButton } from '@mantine/core'
import { Medal } from 'lucide-react'

import { Bar } from '@/parts/progress/Bar'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { QueryCard } from '@/parts/cards/QueryCard'
import { TierBadge } from '@/parts/badges/TierBadge'
import { Why } from '@/parts/Why'
import { useWords } from '@/words/words'

import { useAchievements } from './api/achievements'
import { usePredictions, type NextAchievement, type Predictions } from './api/predictions'
import { estimateRows, estimateSentence, shortEstimate } from './estimates'
import styles from './achievements.module.css'

const SHOWN = 3

interface Props {
  /** The badge's dialog is wanted. */
  readonly onOpen: (code: string) => void
}

function nearest({ next_achievement: next, other_achievements: others }: Predictions): readonly NextAchievement[] {
  return next === null ? [] : [next, ...others].slice(0, SHOWN)
}

/** The three badges to expect next, with their likely dates. */
export function NearlyThere({ onOpen }: Props) {
  const { t } = useWords()
  return (
    <QueryCard
      title={t('achievements.nearly')}
      query={usePredictions()}
      height={150}
      isEmpty={(answer) => answer.next_achievement === null}
      empty={<EmptyPanel Icon={Medal} text={t('achievements.nearly.empty')} />}
    >
      {(answer) => (
        <ul className={styles['nearly']}>
          {nearest(answer).map((next) => (
            <Near key={next.code} next={next} onOpen={() => onOpen(next.code)} />
          ))}
        </ul>
      )}
    </QueryCard>
  )
}

function Near({ next, onOpen }: { readonly next: NextAchievement; readonly onOpen: () => void }) {
  const words = useWords()
  const { t, format } = words
  const achievement = useAchievements().data?.achievements.find(({ code }) => code === next.code)
  const short = shortEstimate(next.estimate, words)
  const rows = [
    { label: t('achievements.reached'), value: t('achievements.progress', { now: next.now, needed: next.needed }) },
    ...estimateRows(next.estimate, words),
  ]
  return (
    <li className={styles['near']}>
      <div className={styles['nearHead']}>
        <TierBadge tier={achievement?.tier ?? 'bronze'} icon={achievement?.icon ?? 'medal'} state="locked" size={52} />
        <div>
          <h3>
            <UnstyledButton className={styles['open'] ?? ''} aria-haspopup="dialog" onClick={onOpen}>
              {next.title}
            </UnstyledButton>
          </h3>
          <p className="note">{achievement?.description}</p>
        </div>
      </div>
      <Bar
        label={t('achievements.progress', { now: next.now, needed: next.needed })}
        percent={next.percent}
        text={format.percent(next.percent, 1)}
        aside={
          <span className={styles['date']}>
            {short ?? t('achievements.estimate.none')}
            <Why figure={next.title} rows={rows}>
              {estimateSentence(next.estimate, words)}
            </Why>
          </span>
        }
      />
    </li>
  )
}
