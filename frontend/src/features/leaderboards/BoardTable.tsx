import { useWords } from '@/words/words'

import type { Board } from './api/leaderboard'
import styles from './leaderboards.module.css'
import { useBoardWords } from './useBoardWords'

interface Props {
  readonly board: Board
  /** Another board has been asked for and is not there yet. */
  readonly isBusy: boolean
}

/** Consecutive places of a board. The learner's own row says "you" and is marked, not only coloured. */
export function BoardTable({ board, isBusy }: Props) {
  const { t, format } = useWords()
  const { value } = useBoardWords()
  return (
    <table className={styles['table']} aria-busy={isBusy}>
      <caption className="sr-only">{t('leaderboards.board')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('leaderboards.column.rank')}</th>
          <th scope="col">{t('leaderboards.column.name')}</th>
          <th scope="col">{t(`leaderboards.metric.${board.metric}`)}</th>
        </tr>
      </thead>
      <tbody>
        {board.entries.map((entry, place) => (
          // Several learners may have the same rank, name and value.
          <tr key={place} {...(entry.is_me && { 'aria-current': true })}>
            <td>{format.number(entry.rank)}</td>
            <th scope="row">
              {entry.name ?? <span className="note">{t('leaderboards.nameless')}</span>}
              {entry.is_me && <span className={styles['you']}>{t('leaderboards.you')}</span>}
            </th>
            <td>{value(board.metric, entry.value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
