import { Popover, UnstyledButton } from '@mantine/core'
import { Info } from 'lucide-react'
import type { ReactNode } from 'react'

import { useWords } from '@/words/words'

import styles from './card.module.css'

export interface WhyRow {
  readonly label: string
  readonly value: string
}

interface Props {
  /** The figure that is explained. */
  readonly figure: string
  /** The numbers that the figure is made of, from the answer. */
  readonly rows: readonly WhyRow[]
  /** How they make it, in a sentence. */
  readonly children?: ReactNode
}

/** A small button that opens the numbers a figure is made of. */
export function Why({ figure, rows, children }: Props) {
  const { t } = useWords()
  return (
    <Popover withArrow trapFocus returnFocus position="bottom-start" shadow="md">
      <Popover.Target>
        <UnstyledButton className={styles['why'] ?? ''} aria-label={t('parts.why', { figure })}>
          <Info size={14} aria-hidden />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('parts.why.title')} tabIndex={-1}>
        {children !== undefined && <p className="note">{children}</p>}
        <dl className={styles['whyList']}>
          {rows.map(({ label, value }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </Popover.Dropdown>
    </Popover>
  )
}
