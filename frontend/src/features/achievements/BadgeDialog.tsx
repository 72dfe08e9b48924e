import { Button, Modal } from '@mantine/core'
import { Share2 } from 'lucide-react'
import { useState } from 'react'

import { ShareForm } from '@/features/sharing/ShareForm'
import { useMe } from '@/features/learners/api/me'
import { Bar } from '@/parts/progress/Bar'
import { TierBadge } from '@/parts/badges/TierBadge'
import { useWords } from '@/words/words'

import type { Achievement } from './api/achievements'
import { usePredictions } from './api/predictions'
import { estimateSentence } from './estimates'
import styles from './achievements.module.css'

interface Props {
  /** Whose dialog is open; null for none. */
  readonly achievement: Achievement | null
  readonly rarityAsOf: string | null
  readonly onClose: () => void
}

export function BadgeDialog({ achievement, rarityAsOf, onClose }: Props) {
  const { t } = useWords()
  const isHidden = achievement !== null && achievement.secret && !achievement.unlocked
  return (
    <Modal
      opened={achievement !== null}
      onClose={onClose}
      title={isHidden ? t('achievements.secret') : achievement?.title}
      closeButtonProps={{ 'aria-label': t('achievements.close') }}
      centered
    >
      {achievement !== null && <Content key={achievement.code} achievement={achievement} rarityAsOf={rarityAsOf} />}
    </Modal>
  )
}

function Content({ achievement, rarityAsOf }: { readonly achievement: Achievement; readonly rarityAsOf: string | null }) {
  const { t } = useWords()
  const { tier, icon, unlocked, secret, description, code, title } = achievement
  const [isSharing, setSharing] = useState(false)
  return (
    <div className={styles['dialog']}>
      <TierBadge tier={tier} icon={icon} size={104} state={unlocked ? 'earned' : secret ? 'secret' : 'locked'} />
      <div>
        <h3>{t('achievements.rule')}</h3>
        <p>{secret && !unlocked ? t('achievements.secret.text') : description}</p>
      </div>
      <Progress achievement={achievement} />
      <Facts achievement={achievement} rarityAsOf={rarityAsOf} />
      {unlocked && secret && <p className="note">{t('achievements.share.secret')}</p>}
      {unlocked && !secret && !isSharing && (
        <Button leftSection={<Share2 size={18} aria-hidden />} onClick={() => setSharing(true)}>
          {t('achievements.share')}
        </Button>
      )}
      {isSharing && <ShareForm badge={{ code, title }} />}
    </div>
  )
}

function Progress({ achievement }: { readonly achievement: Achievement }) {
  const words = useWords()
  const { t, format } = words
  const predictions = usePredictions().data
  const { progress, unlocked, code } = achievement
  if (progress === null || unlocked) return null
  const coming = [predictions?.next_achievement, ...(predictions?.other_achievements ?? [])]
  const estimate = coming.find((one) => one?.code === code)?.estimate
  return (
    <div className={styles['progress']}>
      <Bar
        label={t('achievements.progress', { now: progress.now, needed: progress.needed })}
        percent={progress.percent}
        text={format.percent(progress.percent, 1)}
      />
      {estimate !== undefined && <p className="note">{estimateSentence(estimate, words)}</p>}
    </div>
  )
}

function Facts({ achievement, rarityAsOf }: { readonly achievement: Achievement; readonly rarityAsOf: string | null }) {
  const { t, said, format } = useWords()
  const zone = useMe().data?.timezone
  const { tier, points, category, earned_on: earnedOn, rarity_percent: rarity, progress, unlocked } = achievement
  const counted = rarityAsOf !== null && zone !== undefined ? format.instant(rarityAsOf, zone) : null
  const facts: readonly (readonly [string, string | null])[] = [
    [t('achievements.fact.earned'), earnedOn === null ? null : format.day(earnedOn, 'full')],
    [
      t('achievements.fact.now'),
      unlocked && progress !== null ? t('achievements.progress', { now: progress.now, needed: progress.needed }) : null,
    ],
    [t('achievements.tier'), t(`parts.tier.${tier}`)],
    [t('achievements.fact.points'), format.number(points)],
    [t('achievements.category'), said('achievements', { code: `category.${category}`, values: {}, text: category })],
    [t('achievements.fact.rarity'), rarity === null ? t('achievements.rarity.unknown') : format.percent(rarity, 1)],
    [t('achievements.fact.counted'), rarity === null ? null : counted],
  ]
  return (
    <dl className={styles['factList']}>
      {facts.map(
        ([label, value]) =>
          value !== null && (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  )
}
