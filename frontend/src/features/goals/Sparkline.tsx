import type { components } from '@/api/generated'
import { useWords } from '@/words/words'

import styles from './goals.module.css'

interface Props {
  readonly points: readonly components['schemas']['SparklinePoint'][]
  readonly name: string
}

const HEIGHT = 40
const STEP = 10

/** The last periods of a goal as small bars, filled where the target was reached. The history has their numbers. */
export function Sparkline({ points, name }: Props) {
  const { t } = useWords()
  const met = points.filter(({ status }) => status === 'achieved').length
  return (
    <svg
      className={styles['sparkline']}
      viewBox={`0 0 ${points.length * STEP} ${HEIGHT}`}
      role="img"
      aria-label={t('goals.sparkline', { name, met, periods: points.length })}
    >
      {points.map((point, place) => {
        const height = Math.max(2, (Math.min(point.percent, 100) / 100) * HEIGHT)
        return (
          <rect
            key={point.from}
            data-met={point.status === 'achieved'}
            x={place * STEP + 1}
            y={HEIGHT - height}
            width={STEP - 3}
            height={height}
            rx={1.5}
          />
        )
      })}
    </svg>
  )
}
