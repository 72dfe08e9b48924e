import type { ReactNode } from 'react'

import type { BarTone } from './Bar'
import styles from './progress.module.css'

interface Props {
  /** 0 to 100; more is shown as full. */
  readonly percent: number
  /** What it measures, for screen readers; the numbers stand in `text`. */
  readonly label: string
  /** The large text inside, "12 min". */
  readonly text: string
  readonly note?: ReactNode
  readonly size?: number
  readonly tone?: Extract<BarTone, 'earned' | 'now'>
}

const RADIUS = 50
const LENGTH = 2 * Math.PI * RADIUS
/** Characters that the ring has room for in the large size. */
const LONG = 6

/** Circular progress. */
export function Ring({ percent, label, text, note, size = 120, tone = 'earned' }: Props) {
  const share = Math.min(Math.max(percent, 0), 100)
  return (
    <div
      className={styles['ringBox']}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share}
      aria-valuetext={text}
    >
      <svg className={styles['ring']} viewBox="0 0 112 112" width={size} height={size} aria-hidden>
        <circle cx="56" cy="56" r={RADIUS} />
        {share > 0 && (
          <circle
            className={styles['ringFill']}
            data-tone={tone}
            cx="56"
            cy="56"
            r={RADIUS}
            strokeDasharray={LENGTH}
            strokeDashoffset={LENGTH * (1 - share / 100)}
            style={{ '--length': LENGTH }}
          />
        )}
      </svg>
      <div className={styles['ringText']}>
        <strong data-long={text.length > LONG}>{text}</strong>
        {note !== undefined && <span className="note">{note}</span>}
      </div>
    </div>
  )
}
