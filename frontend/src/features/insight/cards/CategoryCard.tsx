import type { UseQueryResult } from '@tanstack/react-query'

import { DoughnutChart } from '@/parts/charts/ChartFrame'
import type { ChartColour, Slice } from '@/parts/charts/types'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords, type Words } from '@/words/words'

import type { Dashboard } from '@/features/insight/api/dashboard'
import { nameOf } from '@/features/insight/names'

type Share = Dashboard['category_distribution'][number]

const COLOURS: Readonly<Record<Share['color'], ChartColour>> = {
  petrol: 1, copper: 2, indigo: 3, plum: 4, olive: 5, graphite: 6,
}
const ALL_COLOURS: readonly ChartColour[] = [6, 5, 4, 3, 2, 1]
const MOST = 6

/** One slice a category; of more than six, the largest five and one for the rest. */
export function slicesOf(shares: readonly Share[], { t, format }: Pick<Words, 't' | 'format'>): readonly Slice[] {
  const shown = shares.length > MOST ? shares.slice(0, MOST - 1) : shares
  const slices = shown.map((share) => ({
    key: share.category,
    label: nameOf(share, t),
    value: share.minutes,
    text: format.minutes(share.minutes),
    shareText: format.percent(share.share_percent, 1),
    colour: COLOURS[share.color],
  }))
  const rest = shares.slice(shown.length)
  if (rest.length === 0) return slices
  const minutes = rest.reduce((sum, share) => sum + share.minutes, 0)
  const other = {
    key: 'other',
    label: t('insight.other', { count: rest.length }),
    value: minutes,
    text: format.minutes(minutes),
    shareText: format.percent(rest.reduce((sum, share) => sum + share.share_percent, 0), 1),
    // A colour that no category beside it has.
    colour: ALL_COLOURS.find((colour) => slices.every((slice) => slice.colour !== colour)) ?? 6,
  }
  return [...slices, other]
}

/** Where the scheduled minutes went, with the table always open. */
export function CategoryCard({ query }: { readonly query: UseQueryResult<Dashboard> }) {
  const words = useWords()
  const { t, format } = words
  return (
    <QueryCard
      title={t('insight.categories')}
      query={query}
      span={5}
      height={400}
      isEmpty={(answer) => answer.category_distribution.length === 0}
      empty={<EmptyPanel text={t('insight.categories.empty')} />}
    >
      {(answer) => (
        <DoughnutChart
          title={t('insight.categories')}
          range={format.days(answer.from, answer.to)}
          finding={findingOf(answer, words)}
          slices={slicesOf(answer.category_distribution, words)}
          total={format.minutes(answer.total_scheduled_minutes)}
          totalNote={t('insight.categories.total')}
          height={220}
        />
      )}
    </QueryCard>
  )
}

function findingOf(answer: Dashboard, { t, format }: Words): string {
  const [largest] = answer.category_distribution
  if (largest === undefined) return t('insight.trend.nothing.scheduled')
  return t('insight.categories.finding', { name: nameOf(largest, t), percent: format.percent(largest.share_percent, 1) })
}
