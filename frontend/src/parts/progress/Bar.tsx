import { useId, type ReactNode } from 'react'

import styles from './progress.module.css'

export type BarTone = 'earned' | 'now' | 'quiet'

interface Props {
  readonly label: string
  /** 0 to 100; more is shown as full. */
  readonly percent: number
  /** Said instead of the percentage, "260 of 300 min"; shown below unless `valueAside`. */
  readonly text: string
  readonly tone?: BarTone
  /** At the end of the label's line: a chip. */
  readonly aside?: ReactNode
  readonly size?: 'normal' | 'small'
}

/** Linear progress with its name and its numbers. */
export function Bar({ label, percent, text, tone = 'earned', aside, size = 'normal' }: Props) {
  const id = useId()
  const share = Math.min(Math.max(percent, 0), 100)
  return (
    <div className={styles['bar']}>
      <div className={styles['barHead']}>
        <span id={id}>{label}</span>
        {aside}
      </div>
      <div
        className={styles['track']}
        data-size={size}
        role="progressbar"
        aria-labelledby={id}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share}
        aria-valuetext={text}
      >
        <div className={styles['fill']} data-tone={tone} style={{ '--share': `${share}%` }} />
      </div>
      <span className="note">{text}</span>
    </div>
  )
}
