import { KeyFigure, KeyFigures } from '@/parts/cards/KeyFigure'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords } from '@/words/words'

import { useWeekStart } from './api/features'
import { useWeek } from './api/week'
import { WeekBars } from './WeekBars'

/** In quiet mode in place of the streak: what this week holds, without a run to keep. */
export function WeekCard({ today }: { readonly today: string }) {
  const { t, format } = useWords()
  const weekStart = useWeekStart()
  return (
    <QueryCard title={t('overview.week')} query={useWeek(today, weekStart)} span={8} height={220}>
      {(week) => (
        <>
          <KeyFigures>
            <KeyFigure label={t('overview.minutes')} value={format.minutes(week.minutes)} />
            <KeyFigure label={t('overview.week.activities')} value={format.number(week.activities)} />
            <KeyFigure label={t('overview.week.days')} value={format.number(week.engagement.active_days)} />
          </KeyFigures>
          <WeekBars week={week} weekStart={weekStart} />
          <p className="note">{t('overview.week.quiet')}</p>
        </>
      )}
    </QueryCard>
  )
}
