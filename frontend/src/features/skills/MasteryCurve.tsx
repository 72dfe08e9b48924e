import { LineChart } from '@/parts/charts/ChartFrame'
import { CardSkeleton } from '@/parts/cards/CardSkeleton'
import { ErrorPanel } from '@/parts/cards/ErrorPanel'
import { useWords } from '@/words/words'

import { useMasteryCurve, type MasteryCurve as Curve } from './api/mastery'

const HEIGHT = 220

/** How the expectation went over the last 90 days, with its band. */
export function MasteryCurve({ topic }: { readonly topic: string }) {
  const { t } = useWords()
  const query = useMasteryCurve(topic)
  if (query.data !== undefined) return <Chart curve={query.data} />
  if (query.error === null) return <CardSkeleton title={t('skills.mastery.of', { topic })} height={HEIGHT} />
  return <ErrorPanel error={query.error} retry={() => void query.refetch()} />
}

function Chart({ curve: { topic, points } }: { readonly curve: Curve }) {
  const { t, format } = useWords()
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined) return <p className="note">{t('skills.mastery.noCurve')}</p>
  const number = (value: number) => format.number(value, 0)
  const line = (key: 'high' | 'low' | 'estimate') => ({
    key, label: t(`skills.mastery.line.${key}`), values: points.map((point) => point[key]), colour: 1 as const,
  })
  return (
    <LineChart
      title={t('skills.mastery.of', { topic })}
      range={format.days(first.local_day, last.local_day)}
      finding={t('skills.mastery.finding', { before: number(first.estimate), now: number(last.estimate), day: format.day(first.local_day, 'date') })}
      labelName={t('skills.mastery.day')}
      labels={points.map(({ local_day: day }) => format.day(day, 'short'))}
      series={[{ ...line('high'), isDashed: true, fillsToNext: true }, { ...line('low'), isDashed: true }, line('estimate')]}
      valueText={number}
      height={HEIGHT}
    />
  )
}
