// Badges by their shape: a disc is bronze, a hexagon silver, a scalloped rosette gold. Colour comes last.
import { CircleQuestionMark, Medal } from 'lucide-react'

import { useWords } from '@/words/words'

import styles from '@/parts/progress/progress.module.css'
import { useBadgeIcons } from './useBadgeIcons'

export type Tier = 'bronze' | 'silver' | 'gold'
export type BadgeState = 'earned' | 'locked' | 'secret'

function ring(points: number, radius: (index: number) => number): string {
  const corners = Array.from({ length: points }, (_, index) => {
    const angle = (index / points) * 2 * Math.PI - Math.PI / 2
    return `${(36 + radius(index) * Math.cos(angle)).toFixed(2)},${(36 + radius(index) * Math.sin(angle)).toFixed(2)}`
  })
  return `M${corners.join('L')}Z`
}

const SHAPES: Readonly<Record<Tier, string>> = {
  bronze: 'M36 4a32 32 0 1 1 0 64a32 32 0 1 1 0-64Z',
  silver: ring(6, () => 34),
  gold: ring(96, (index) => 32 + 3 * Math.cos((index / 96) * 2 * Math.PI * 10)),
}

interface Props {
  readonly tier: Tier
  readonly state?: BadgeState
  /** The icon's Lucide name, as the answer has it; unknown names get the medal. */
  readonly icon?: string
  readonly size?: number
}

export function TierBadge({ tier, state = 'earned', icon = 'medal', size = 72 }: Props) {
  const { t } = useWords()
  const name = state === 'secret' ? t('parts.badge.secret') : t(`parts.badge.${state}`, { tier: t(`parts.tier.${tier}`) })
  const icons = useBadgeIcons()
  const Icon = state === 'secret' ? CircleQuestionMark : (icons[icon] ?? Medal)
  return (
    <svg className={styles['badge']} data-tier={tier} data-state={state} viewBox="0 0 72 72" width={size} height={size} role="img" aria-label={name}>
      <path d={SHAPES[tier]} />
      {state === 'earned' && <circle cx="36" cy="36" r="23" />}
      <Icon x={24} y={24} width={24} height={24} aria-hidden />
    </svg>
  )
}
