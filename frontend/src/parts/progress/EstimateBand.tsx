import styles from './progress.module.css'

interface Props {
  /** What is estimated, and the numbers: "76 of 100, between 49 and 91". */
  readonly label: string
  /** 0 to 100. */
  readonly estimate: number
  readonly low: number
  readonly high: number
}

/** An estimate on a line from 0 to 100, with the band it most likely lies in. */
export function EstimateBand({ label, estimate, low, high }: Props) {
  return (
    <div role="img" aria-label={label} className={styles['estimate']} style={{ '--low': low, '--high': high, '--at': estimate }}>
      <span />
      <span />
    </div>
  )
}
