import { ActionIcon } from '@mantine/core'
import { X } from 'lucide-react'

import { useWords } from '@/words/words'

import styles from './progress/progress.module.css'
import { TierBadge, type Tier } from './badges/TierBadge'

export interface Unlock {
  readonly code: string
  readonly title: string
  readonly description: string
  readonly tier: Tier
  readonly icon: string
  readonly points: number
}

interface Props {
  /** Nothing is shown without any; several are one notice. */
  readonly unlocks: readonly Unlock[]
  readonly onClose: () => void
}

/** The celebration: one notice that stays until it is closed. Its status stands there empty before it is needed. */
export function UnlockNotice({ unlocks, onClose }: Props) {
  const { t } = useWords()
  return (
    <div role="status">
      {unlocks.length > 0 && (
        <div className={styles['unlock']}>
          <div className={styles['unlockHead']}>
            <strong>{t('parts.unlock.title', { count: unlocks.length })}</strong>
            <ActionIcon variant="subtle" aria-label={t('parts.unlock.close')} onClick={onClose}>
              <X size={18} aria-hidden />
            </ActionIcon>
          </div>
          <ul className={styles['unlockList']}>
            {unlocks.map((unlock) => (
              <li key={unlock.code} className={styles['unlockOne']}>
                <TierBadge tier={unlock.tier} icon={unlock.icon} size={56} />
                <div>
                  <h3>{unlock.title}</h3>
                  <p className="note">
                    {unlock.description} · {t('parts.unlock.points', { points: unlock.points })}
                  </p>
                </div>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  )
}
