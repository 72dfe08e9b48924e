import type { ReactNode } from 'react'

import styles from './card.module.css'

interface Props {
  readonly label: string
  readonly value: string
  readonly note?: ReactNode
  /** A `Why` beside the label. */
  readonly why?: ReactNode
  readonly size?: 'large' | 'small'
}

/** One number with its name, inside `KeyFigures`. */
export function KeyFigure({ label, value, note, why, size = 'large' }: Props) {
  return (
    <div className={styles['figure']}>
      <dt>
        {label} {why}
      </dt>
      <dd className={styles['value']} data-size={size}>
        {value}
      </dd>
      {note !== undefined && <dd className="note">{note}</dd>}
    </div>
  )
}

export function KeyFigures({ children }: { readonly children: ReactNode }) {
  return <dl className={styles['figures']}>{children}</dl>
}
