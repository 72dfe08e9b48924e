import { UnstyledButton } from '@mantine/core'

import { Bar } from '@/parts/progress/Bar'
import { TierBadge } from '@/parts/badges/TierBadge'
import { useWords } from '@/words/words'

import type { Achievement } from './api/achievements'
import styles from './achievements.module.css'

interface Props {
  readonly achievement: Achievement
  readonly onOpen: () => void
}

/** A badge of the grid. All of it opens its dialog. */
export function BadgeTile({ achievement, onOpen }: Props) {
  const { title, description, tier, icon, unlocked } = achievement
  const isHidden = !unlocked && achievement.secret
  return (
    <li className={styles['tile']}>
      <TierBadge tier={tier} icon={icon} state={unlocked ? 'earned' : isHidden ? 'secret' : 'locked'} />
      <h3>
        <OpenButton title={title} isHidden={isHidden} onOpen={onOpen} />
      </h3>
      <Description text={description} isHidden={isHidden} />
      <Facts achievement={achievement} />
    </li>
  )
}

function OpenButton({ title, isHidden, onOpen }: { title: string; isHidden: boolean; onOpen: () => void }) {
  const { t } = useWords()
  return (
    <UnstyledButton className={styles['open'] ?? ''} aria-haspopup="dialog" onClick={onOpen}>
      {isHidden ? t('achievements.secret') : title}
    </UnstyledButton>
  )
}

function Description({ text, isHidden }: { text: string; isHidden: boolean }) {
  const { t } = useWords()
  return <p className="note">{isHidden ? t('achievements.secret.text') : text}</p>
}

function Facts({ achievement }: { readonly achievement: Achievement }) {
  const { t, format } = useWords()
  const { earned_on: earnedOn, progress, points, tier, rarity_percent: rarity } = achievement
  const tierName = t(`parts.tier.${tier}`)
  const rarityText = (percent: number | null) => {
    if (percent === null) return tierName
    if (percent === 0) return t('achievements.rarity.none', { tier: tierName })
    return t('achievements.rarity', { tier: tierName, percent: format.percent(percent, 1) })
  }
  return (
    <div className={styles['facts']}>
      {earnedOn === null && progress !== null && (
        <Bar
          size="small"
          label={t('achievements.progress', { now: progress.now, needed: progress.needed })}
          percent={progress.percent}
          text={format.percent(progress.percent, 1)}
        />
      )}
      <p>
        {earnedOn === null
          ? t('parts.unlock.points', { points })
          : t('achievements.earnedOn', { day: format.day(earnedOn, 'number'), points })}
      </p>
      <p className="note">{rarityText(rarity)}</p>
    </div>
  )
}
