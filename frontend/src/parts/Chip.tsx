import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

import styles from './progress/progress.module.css'

export type ChipTone = 'plain' | 'earned' | 'now' | 'frozen' | 'excused' | 'danger'

interface Props {
  readonly Icon: LucideIcon
  readonly tone?: ChipTone
  readonly children: ReactNode
}

/** A state in a word and an icon; the colour only repeats it. */
export function Chip({ Icon, tone = 'plain', children }: Props) {
  return (
    <span className={styles['chip']} data-tone={tone}>
      <Icon size={14} aria-hidden />
      {children}
    </span>
  )
}
