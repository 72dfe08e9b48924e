import { SegmentedControl } from '@mantine/core'
import { useState } from 'react'

import { Bar } from '@/parts/progress/Bar'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { QueryCard } from '@/parts/cards/QueryCard'
import { Why } from '@/parts/Why'
import { useWords } from '@/words/words'

import styles from './activities.module.css'
import { useBalance, type Balance } from './api/balance'
import { typeName } from './kinds'

const GROUPS = ['path', 'topic', 'object_type'] as const
const LABELS = { path: 'activities.by.path', topic: 'activities.by.topic', object_type: 'activities.by.type' } as const

/** How evenly practice is spread, and what had the least. */
export function BalanceCard({ from, to }: { readonly from: string; readonly to: string }) {
  const { t } = useWords()
  const [by, setBy] = useState<Balance['by']>('path')
  return (
    <QueryCard
      title={t('activities.balance')}
      query={useBalance({ from, to, by })}
      height={300}
    >
      {(answer) => (
        <>
          <SegmentedControl
            size="xs"
            aria-label={t('activities.by')}
            value={by}
            onChange={(chosen) => setBy(GROUPS.find((one) => one === chosen) ?? 'path')}
            data={GROUPS.map((value) => ({ value, label: t(LABELS[value]) }))}
          />
          {answer.parts.length === 0 ? <EmptyPanel text={t('activities.balance.empty')} /> : <Spread answer={answer} />}
        </>
      )}
    </QueryCard>
  )
}

function Spread({ answer }: { readonly answer: Balance }) {
  const { t, said, format } = useWords()
  const { balance_percent: balance, least_practised: least } = answer
  const name = (one: string) => (answer.by === 'object_type' ? typeName(one, said) : one)
  const rows = answer.parts.map((part) => ({ label: name(part.name), value: format.percent(part.percent, 1) }))
  return (
    <>
      {balance === null ? (
        <p>{t('activities.balance.one')}</p>
      ) : (
        <p className={styles['sum']}>
          <strong>{format.percent(balance, 1)}</strong>
          <Why figure={t('activities.balance')} rows={rows}>{t('activities.why.balance')}</Why>
        </p>
      )}
      {least !== null && <p className="note">{t('activities.balance.least', { name: name(least) })}</p>}
      <ul className={styles['bars']}>
        {answer.parts.map((part) => (
          <li key={part.name}>
            <Bar
              size="small"
              label={name(part.name)}
              percent={part.percent}
              text={t('activities.time.part', { count: part.activities, percent: format.percent(part.percent, 1), minutes: format.minutes(part.minutes) })}
            />
          </li>
        ))}
      </ul>
    </>
  )
}
