import { Button } from '@mantine/core'
import { Link } from 'react-router'

import { EmptyPanel } from '@/parts/EmptyPanel'
import { KeyFigure, KeyFigures } from '@/parts/KeyFigure'
import { PageHeader } from '@/parts/PageHeader'
import { QueryCard } from '@/parts/QueryCard'
import { useWords } from '@/words/words'

import { useProgress } from './api/progress'

export function HomePage() {
  const { t, format } = useWords()
  const progress = useProgress()
  return (
    <>
      <PageHeader
        title={t('overview.title')}
        {...(progress.data && { note: format.day(progress.data.local_day) })}
      />
      <QueryCard
        title={t('overview.totals')}
        query={progress}
        lines={2}
        isEmpty={(answer) => answer.exercises_completed === 0}
        empty={
          <EmptyPanel
            text={t('overview.empty')}
            action={
              <Button component={Link} to="/goals">
                {t('overview.empty.next')}
              </Button>
            }
          />
        }
      >
        {(answer) => (
          <KeyFigures>
            <KeyFigure label={t('overview.exercises')} value={format.number(answer.exercises_completed)} />
            <KeyFigure label={t('overview.minutes')} value={format.minutes(answer.minutes)} />
            <KeyFigure label={t('overview.points')} value={format.number(answer.points)} />
          </KeyFigures>
        )}
      </QueryCard>
    </>
  )
}
