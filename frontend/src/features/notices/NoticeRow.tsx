import { Flag, Hourglass, Inbox, Sprout, Sunrise, Target, TrendingUp, type LucideIcon } from 'lucide-react'

import { TierBadge } from '@/parts/badges/TierBadge'
import { useWords } from '@/words/words'

import type { Notice } from './api/notifications'
import styles from './notices.module.css'

const ICONS: Readonly<Record<Notice['kind'], LucideIcon>> = {
  achievement_unlocked: Flag, level_up: Sprout, streak_milestone: TrendingUp, goal_met: Target, milestone_reached: Flag,
  streak_at_risk: Hourglass, run_ended: Sunrise, digest: Inbox,
}

const DIGEST = ['achievements', 'levels', 'streak_milestones', 'goals', 'milestones'] as const

/** What a notice says. A digest lists only what there is, which no single sentence of the catalogue can. */
export function useNoticeText(): (notice: Notice) => string {
  const { t, said, format } = useWords()
  return (notice) => {
    if (notice.kind !== 'digest') return said('notices', notice)
    const parts = DIGEST.flatMap((part) => {
      const count = notice.values[part]
      return typeof count === 'number' ? [t(`notices.digest.${part}`, { count })] : []
    })
    return parts.length === 0 ? notice.text : t('notices.digest', { list: format.list(parts) })
  }
}

interface Props {
  readonly notice: Notice
  readonly timeZone: string
}

export function NoticeRow({ notice, timeZone }: Props) {
  const { t, format } = useWords()
  const text = useNoticeText()(notice)
  const Icon = ICONS[notice.kind]
  const badge = notice.achievement
  return (
    <li className={styles['notice']}>
      {badge == null ? (
        <span className={styles['icon']}>
          <Icon size={18} aria-hidden />
        </span>
      ) : (
        <TierBadge tier={badge.tier} icon={badge.icon} size={36} />
      )}
      <div className={styles['text']}>
        <p>{text}</p>
        <p className="note">{format.instant(notice.created_at, timeZone)}</p>
      </div>
      {notice.seen_at === null && (
        <span className={styles['dot']}>
          <span className="sr-only">{t('notices.unread')}</span>
        </span>
      )}
    </li>
  )
}
