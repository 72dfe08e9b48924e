import '@/theme/later.css'

import { Popover, UnstyledButton } from '@mantine/core'
import { Info } from 'lucide-react'
import type { ReactNode } from 'react'

import { useWords } from '@/words/words'

import styles from './cards/card.module.css'
import type { WhyRow } from './Why'

interface Props {
  readonly figure: string
  readonly rows: readonly WhyRow[]
  readonly children: ReactNode
}

/** The button of `Why` with its panel, open at first: it takes the place of the button that was pressed. */
export default function WhyPanel({ figure, rows, children }: Props) {
  const { t } = useWords()
  return (
    <Popover withArrow trapFocus returnFocus defaultOpened position="bottom-start" shadow="md">
      <Popover.Target>
        <UnstyledButton className={styles['why'] ?? ''} aria-label={t('parts.why', { figure })}>
          <Info size={14} aria-hidden />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className={styles['whyBox'] ?? ''} tabIndex={-1}>
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
