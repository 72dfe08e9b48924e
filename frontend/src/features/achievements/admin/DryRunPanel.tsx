import type { UseQueryResult } from '@tanstack/react-query'

import type { Answer } from '@/api/client'
import { CardSkeleton } from '@/parts/cards/CardSkeleton'
import { ErrorPanel } from '@/parts/cards/ErrorPanel'
import { KeyFigure, KeyFigures } from '@/parts/cards/KeyFigure'
import { Why } from '@/parts/Why'
import { useWords } from '@/words/words'

import styles from '../../operations/admin.module.css'
import { LearnerLink } from '../../operations/LearnerLink'

type DryRun = Answer<'/api/admin/achievements/{code}/dry-run', 'post'>

/** Who would get an achievement now, as numbers and by some of the learners. */
export function DryRunPanel({ query }: { readonly query: UseQueryResult<DryRun> }) {
  const { t, format } = useWords()
  const title = t('admin.dryRun')
  if (query.error !== null) return <ErrorPanel error={query.error} text={t('admin.dryRun.error')} retry={() => void query.refetch()} />
  if (query.data === undefined) return <CardSkeleton title={title} height={110} />
  const { learners, looked_at: looked, holders, would_unlock: would, estimated_total: total, sample } = query.data
  const rows = [
    { label: t('admin.dryRun.would'), value: format.number(would) },
    { label: t('admin.dryRun.looked'), value: format.number(looked) },
    { label: t('admin.dryRun.learners'), value: format.number(learners) },
  ]
  const why = (
    <Why figure={t('admin.dryRun.total')} rows={rows}>
      {t('admin.dryRun.why')}
    </Why>
  )
  return (
    <>
      <KeyFigures>
        <KeyFigure label={t('admin.dryRun.total')} value={format.number(total)} why={why} />
        <KeyFigure label={t('admin.dryRun.holders')} value={format.number(holders)} />
        <KeyFigure label={t('admin.dryRun.learners')} value={format.number(learners)} />
      </KeyFigures>
      {sample.length > 0 && (
        <p className={styles['samples']}>
          {t('admin.dryRun.sample')}{' '}
          <span className={styles['sample']}>
            {sample.map((id) => (
              <LearnerLink key={id} id={id} />
            ))}
          </span>
        </p>
      )}
    </>
  )
}
