import type { UseQueryResult } from '@tanstack/react-query'

import type { components } from '@/api/generated'
import { Bar } from '@/parts/progress/Bar'
import { DetailedProgress } from '@/parts/progress/DetailedProgress'
import { ErrorPanel } from '@/parts/cards/ErrorPanel'
import { useWords } from '@/words/words'

import styles from './spaces.module.css'

type Progress = Pick<components['schemas']['SpaceProgressOut'], 'total' | 'parts' | 'weights_used' | 'measured'>

interface Props {
  readonly title: string
  /** Shown until the parts are there. */
  readonly total: number
  readonly progress: UseQueryResult<Progress>
}

/** Parts the service may name, in the order in which they are shown. */
const PARTS = ['tasks', 'time', 'spaces', 'milestones', 'interactions', 'extras'] as const

/** A space or goal with what its total is made of: each part, its weight and its counts. */
export function PartsOfProgress({ title, total, progress }: Props) {
  const { t, format } = useWords()
  const { data, error } = progress
  if (error !== null) return <ErrorPanel error={error} retry={() => void progress.refetch()} />
  if (data === undefined) return <Bar label={title} percent={total} text={format.percent(total, 1)} />
  const components = PARTS.filter((part) => part in data.parts).map((part) => {
    const counts = data.measured[part]
    const share = format.percent(data.parts[part] ?? 0, 1)
    const now = format.number(counts?.now ?? 0)
    const text =
      counts?.of === null || counts === undefined
        ? t('spaces.part.open', { share, now })
        : t('spaces.part.counted', { share, now, of: format.number(counts.of) })
    return {
      key: part,
      label: t(`spaces.part.name.${part}`),
      percent: data.parts[part] ?? 0,
      text,
      weightPercent: 100 * (data.weights_used[part] ?? 0),
    }
  })
  return (
    <div className={styles['progress']}>
      <DetailedProgress label={title} percent={data.total} components={components} />
    </div>
  )
}
