import { SegmentedControl } from '@mantine/core'
import { useState } from 'react'

import { Bar } from '@/parts/progress/Bar'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { QueryCard } from '@/parts/cards/QueryCard'
import { Why } from '@/parts/Why'
import { useWords } from '@/words/words'

import styles from './activities.module.css'
import { usePointsDistribution } from './api/pointsDistribution'
import { typeName } from './kinds'

const GROUPS = ['type', 'topic', 'path'] as const

/** Where the points of these days came from. */
export function PointsCard({ from, to }: { readonly from: string; readonly to: string }) {
  const { t, said, format } = useWords()
  const [group, setGroup] = useState<(typeof GROUPS)[number]>('type')
  const name = (one: string | null) => {
    if (one === null) return t('activities.points.without')
    return group === 'type' ? typeName(one, said) : one
  }
  return (
    <QueryCard
      title={t('activities.distribution')}
      query={usePointsDistribution({ from, to })}
      height={300}
      isEmpty={(answer) => answer.points === 0}
      empty={<EmptyPanel text={t('activities.distribution.empty')} />}
    >
      {(answer) => {
        const shares = answer[`by_${group}`]
        const rows = shares.map((share) => ({ label: name(share.name), value: format.number(share.points) }))
        return (
          <>
            <SegmentedControl
              size="xs"
              aria-label={t('activities.by')}
              value={group}
              onChange={(chosen) => setGroup(GROUPS.find((one) => one === chosen) ?? 'type')}
              data={GROUPS.map((value) => ({ value, label: t(`activities.by.${value}`) }))}
            />
            <p className={styles['sum']}>
              <strong>{format.number(answer.points)}</strong> {t('activities.points.word', { count: answer.points })}
              <Why figure={t('activities.distribution')} rows={rows}>{t('activities.why.points')}</Why>
            </p>
            <ul className={styles['bars']}>
              {shares.map(({ name: one, points, percent }) => (
                <li key={one ?? ''}>
                  <Bar size="small" label={name(one)} percent={percent} text={t('activities.points.share', { points: format.number(points), count: points, percent: format.percent(percent, 1) })} />
                </li>
              ))}
            </ul>
          </>
        )
      }}
    </QueryCard>
  )
}
