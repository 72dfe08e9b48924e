import { useWords } from '@/words/words'

import { Bar } from './Bar'
import styles from './progress.module.css'
import { Ring } from './Ring'

export interface ProgressComponent {
  readonly key: string
  readonly label: string
  readonly percent: number
  /** Its numbers, "12 of 20 exercises". */
  readonly text: string
  /** How much of the whole it decides, 0 to 100, if the whole is weighted. */
  readonly weightPercent?: number
}

interface Props {
  readonly label: string
  readonly percent: number
  readonly components: readonly ProgressComponent[]
  readonly variant?: 'circular' | 'linear'
}

/** A whole and the components it is made of, each with its own bar and its weight. All numbers come from the answer. */
export function DetailedProgress({ label, percent, components, variant = 'linear' }: Props) {
  const { t, format } = useWords()
  const text = format.percent(percent, 1)
  return (
    <div>
      {variant === 'circular' ? <Ring label={label} percent={percent} text={text} /> : <Bar label={label} percent={percent} text={text} />}
      <ul className={styles['parts']} aria-label={label}>
        {components.map(({ key, weightPercent, ...component }) => (
          <li key={key}>
            <Bar
              {...component}
              size="small"
              aside={
                weightPercent !== undefined && (
                  <span className="note">{t('parts.weight', { percent: format.percent(weightPercent) })}</span>
                )
              }
            />
          </li>
        ))}
      </ul>
    </div>
  )
}
