import { Button } from '@mantine/core'
import { ChartSpline } from 'lucide-react'
import { useId, useState } from 'react'

import { EstimateBand } from '@/parts/progress/EstimateBand'
import { Why } from '@/parts/Why'
import { useWords } from '@/words/words'

import type { Mastery } from './api/mastery'
import { MasteryCurve } from './MasteryCurve'
import styles from './skills.module.css'

interface Props {
  readonly topic: string
  /** Null while there are too few grades. */
  readonly mastery: Mastery | null
}

/** What the learner can be expected to get in the topic now, beside the level that counts what was done. */
export function MasterySection({ topic, mastery }: Props) {
  const { t } = useWords()
  const [isOpen, setOpen] = useState(false)
  const curve = useId()
  if (mastery === null) return <p className="note">{t('skills.mastery.none')}</p>
  return (
    <div className={styles['mastery']}>
      <Expectation topic={topic} mastery={mastery} />
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<ChartSpline size={16} aria-hidden />}
        aria-expanded={isOpen}
        aria-controls={curve}
        aria-label={t(isOpen ? 'skills.mastery.hide.label' : 'skills.mastery.show.label', { topic })}
        onClick={() => setOpen(!isOpen)}
      >
        {t(isOpen ? 'skills.mastery.hide' : 'skills.mastery.show')}
      </Button>
      <div id={curve} className={styles['curve']}>
        {isOpen && <MasteryCurve topic={topic} />}
      </div>
    </div>
  )
}

function Expectation({ topic, mastery }: { readonly topic: string; readonly mastery: Mastery }) {
  const { t, said, format } = useWords()
  const { estimate, low, high } = mastery
  const number = (value: number) => format.number(value, 0)
  const rows = [
    { label: t('skills.mastery.grades'), value: format.number(mastery.grades) },
    { label: t('skills.mastery.average'), value: format.number(mastery.average_grade, 2) },
    { label: t('skills.mastery.typical'), value: format.number(mastery.typical, 2) },
    { label: t('skills.mastery.estimate'), value: format.number(estimate, 2) },
    { label: t('skills.mastery.band'), value: t('skills.mastery.range', { low: format.number(low, 2), high: format.number(high, 2) }) },
  ]
  const title = t('skills.mastery.of', { topic })
  return (
    <div className={styles['expectation']}>
      <div className={styles['levelName']}>
        <h3>{t('skills.mastery')}</h3>
        <Why figure={title} rows={rows}>
          {t('skills.mastery.why')}
        </Why>
      </div>
      <EstimateBand
        label={t('skills.mastery.image', { topic, estimate: number(estimate), low: number(low), high: number(high) })}
        estimate={estimate}
        low={low}
        high={high}
      />
      <p>{said('skills', mastery)}</p>
    </div>
  )
}
