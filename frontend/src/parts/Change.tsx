import { ArrowDownRight, ArrowUpRight, Minus } from 'lucide-react'

import styles from './cards/card.module.css'

interface Props {
  /** Which way it went; how far stands in the text. */
  readonly difference: number
  readonly text: string
}

/** The change of a figure in words. Its arrow repeats them; it is neither praise nor blame, so it has no colour. */
export function Change({ difference, text }: Props) {
  const Icon = difference === 0 ? Minus : difference > 0 ? ArrowUpRight : ArrowDownRight
  return (
    <span className={styles['change']}>
      <Icon size={14} aria-hidden /> {text}
    </span>
  )
}
