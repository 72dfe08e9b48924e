import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

import styles from '@/parts/cards/card.module.css'

interface Props {
  readonly Icon: LucideIcon
  readonly text: ReactNode
  readonly note?: ReactNode
  /** At the end: "+15". */
  readonly value?: ReactNode
}

/** A line of a list of things that happened. Stands in a `<ul className="feed">`. */
export function FeedRow({ Icon, text, note, value }: Props) {
  return (
    <li className={styles['feed']}>
      <span className={styles['feedIcon']}>
        <Icon size={16} aria-hidden />
      </span>
      <div className={styles['feedText']}>
        <div>{text}</div>
        {note !== undefined && <div className="note">{note}</div>}
      </div>
      <span>{value}</span>
    </li>
  )
}
