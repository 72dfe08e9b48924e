import { Input } from '@mantine/core'
import { useId, useState } from 'react'

import { isDay } from '@/words/format'
import { useWords } from '@/words/words'

import styles from '@/parts/cards/card.module.css'

interface Range {
  readonly from: string
  readonly to: string
}
interface Props extends Range {
  /** Called with possible ranges alone. */
  readonly onChange: (range: Range) => void
  /** What the service said to this range. */
  readonly fault?: string | null
}

/** The first and the last day of a range, both included. Typing half a date or a reversed range changes nothing yet. */
export function DayRange({ from, to, onChange, fault = null }: Props) {
  const { t } = useWords()
  const id = useId()
  const [draft, setDraft] = useState<Range | null>(null)
  const shown = draft ?? { from, to }
  const isReversed = isDay(shown.from) && isDay(shown.to) && shown.from > shown.to
  const change = (next: Range) => {
    const isPossible = isDay(next.from) && isDay(next.to) && next.from <= next.to
    setDraft(isPossible ? null : next)
    if (isPossible) onChange(next)
  }
  const error = isReversed ? t('parts.range.reversed') : draft === null ? fault : null
  // Both fields share one line of error, so they name it themselves.
  const described = error === null ? {} : { 'aria-describedby': id, 'aria-invalid': true, error: true }
  return (
    <div role="group" aria-label={t('parts.range')}>
      <div className={styles['actions']}>
        <Input
          type="date"
          withAria={false}
          aria-label={t('parts.range.from')}
          value={shown.from}
          max={shown.to}
          onChange={({ currentTarget }) => change({ ...shown, from: currentTarget.value })}
          {...described}
        />
        <Input
          type="date"
          withAria={false}
          aria-label={t('parts.range.to')}
          value={shown.to}
          min={shown.from}
          onChange={({ currentTarget }) => change({ ...shown, to: currentTarget.value })}
          {...described}
        />
      </div>
      {error !== null && (
        <p id={id} role="alert" className={styles['fault']}>
          {error}
        </p>
      )}
    </div>
  )
}
