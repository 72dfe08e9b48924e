import { NativeSelect, SegmentedControl } from '@mantine/core'
import { Trophy } from 'lucide-react'

import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { KeyFigure, KeyFigures } from '@/parts/cards/KeyFigure'
import { QueryCard } from '@/parts/cards/QueryCard'
import { Why } from '@/parts/Why'
import { useWords } from '@/words/words'

import { useLeaderboard, type Board } from './api/leaderboard'
import { BoardTable } from './BoardTable'
import styles from './leaderboards.module.css'
import { METRICS, PERIODS, PLACES, useBoardAddress, type BoardAddress } from './useBoardAddress'
import { useBoardWords } from './useBoardWords'

/** The chosen board with the learner's own place. */
export function BoardCard() {
  const { t } = useWords()
  const address = useBoardAddress()
  const query = useLeaderboard(address.query)
  const board = query.data !== undefined && 'metric' in query.data ? query.data : null
  return (
    <QueryCard title={t('leaderboards.board')} query={query} span={8} height={520}>
      {() =>
        board === null ? (
          <EmptyPanel Icon={Trophy} text={t('leaderboards.quiet')} />
        ) : (
          <div className={styles['board']}>
            <Controls board={board} address={address} />
            <Place board={board} />
            {board.entries.length > 0 ? (
              <BoardTable board={board} isBusy={query.isPlaceholderData} />
            ) : (
              <EmptyPanel Icon={Trophy} text={t('leaderboards.empty')} />
            )}
          </div>
        )
      }
    </QueryCard>
  )
}

function Controls({ board, address }: { readonly board: Board; readonly address: BoardAddress }) {
  const { t } = useWords()
  const { metric, period, place, group, set } = address
  return (
    <div className={styles['controls']} role="group" aria-label={t('leaderboards.controls')}>
      <NativeSelect
        label={t('leaderboards.metric')}
        value={metric}
        onChange={(event) => set('metric', event.currentTarget.value)}
        data={METRICS.map((value) => ({ value, label: t(`leaderboards.metric.${value}`) }))}
      />
      {board.groups.length > 0 && (
        <NativeSelect
          label={t('leaderboards.group')}
          value={group ?? ''}
          onChange={(event) => set('group', event.currentTarget.value)}
          data={[
            { value: '', label: t('leaderboards.group.all') },
            ...board.groups.map(({ group_id: value, name }) => ({ value, label: name })),
          ]}
        />
      )}
      <SegmentedControl
        aria-label={t('leaderboards.period')}
        value={period}
        disabled={metric === 'streak'}
        onChange={(value) => set('period', value)}
        data={PERIODS.map((value) => ({ value, label: t(`leaderboards.period.${value}`) }))}
      />
      <SegmentedControl
        aria-label={t('leaderboards.place')}
        value={place}
        onChange={(value) => set('place', value)}
        data={PLACES.map((value) => ({ value, label: t(`leaderboards.place.${value}`) }))}
      />
    </div>
  )
}

function Place({ board }: { readonly board: Board }) {
  const { t } = useWords()
  const { value, days } = useBoardWords()
  const { me, metric } = board
  const rank = t('leaderboards.rank', { rank: me.rank })
  const rows = [
    { label: t(`leaderboards.metric.${metric}`), value: value(metric, me.value) },
    { label: t('leaderboards.days'), value: days(board) },
  ]
  return (
    <KeyFigures>
      <KeyFigure
        label={t('leaderboards.myPlace')}
        value={me.value === 0 ? t('leaderboards.noPlace') : rank}
        note={me.value === 0 ? t('leaderboards.noPlace.note') : days(board)}
        {...(me.value > 0 && {
          why: (
            <Why figure={rank} rows={rows}>
              {t('leaderboards.why.text')}
            </Why>
          ),
        })}
      />
      <KeyFigure label={t(`leaderboards.metric.${metric}`)} value={value(metric, me.value)} />
    </KeyFigures>
  )
}
