import { UnstyledButton } from '@mantine/core'
import { Info } from 'lucide-react'
import { lazy, Suspense, useState, type ReactNode } from 'react'

import { useWords } from '@/words/words'

import styles from './cards/card.module.css'

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

// Its panel and what keeps the focus in it are more code than Home has. They come when the first one is opened.
const WhyPanel = lazy(() => import('./WhyPanel'))

/** A small button that opens the numbers a figure is made of. */
export function Why({ figure, rows, children }: Props) {
  const { t } = useWords()
  const [hasOpened, setOpened] = useState(false)
  const button = (
    <UnstyledButton className={styles['why'] ?? ''} aria-label={t('parts.why', { figure })} aria-haspopup="dialog" onClick={() => setOpened(true)}>
      <Info size={14} aria-hidden />
    </UnstyledButton>
  )
  if (!hasOpened) return button
  return (
    <Suspense fallback={button}>
      <WhyPanel figure={figure} rows={rows}>
        {children}
      </WhyPanel>
    </Suspense>
  )
}
