import { Inbox, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

import styles from './card.module.css'

interface Props {
  readonly Icon?: LucideIcon
  /** What will stand here, in a sentence. */
  readonly text: string
  /** One button: the next step. */
  readonly action?: ReactNode
}

/** In place of content that there is none of yet. Never shown while it is loading. */
export function EmptyPanel({ Icon = Inbox, text, action }: Props) {
  return (
    <div className={styles['panel']}>
      <Icon size={28} aria-hidden />
      <p>{text}</p>
      {action}
    </div>
  )
}
