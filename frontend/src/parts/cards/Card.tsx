import { useId, type ReactNode } from 'react'

import styles from './card.module.css'

export type Span = 3 | 4 | 5 | 6 | 7 | 8 | 12

interface Props {
  readonly title: string
  /** At the end of the title's line: a chip, a link. */
  readonly aside?: ReactNode
  /** Columns of the twelve, inside `CardGrid`. */
  readonly span?: Span
  readonly isBusy?: boolean
  readonly children: ReactNode
}

/** A region of a page, named by its title. */
export function Card({ title, aside, span = 12, isBusy = false, children }: Props) {
  const id = useId()
  return (
    <section className={styles['card']} data-span={span} aria-labelledby={id} aria-busy={isBusy}>
      <div className={styles['head']}>
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  )
}

/** Cards on twelve columns, below each other on a phone. */
export function CardGrid({ children }: { readonly children: ReactNode }) {
  return <div className={styles['grid']}>{children}</div>
}
