import { Users } from 'lucide-react'

import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords } from '@/words/words'

import { usePeers, type Peers } from './api/peers'
import styles from './leaderboards.module.css'
import { useBoardWords } from './useBoardWords'

/** The learner among others of the last four weeks, as bands: never as single people. */
export function PeersCard() {
  const { t, said } = useWords()
  const query = usePeers()
  return (
    <QueryCard title={t('leaderboards.peers')} query={query} span={4} height={220}>
      {(answer) => {
        if (!('reason' in answer)) return <EmptyPanel Icon={Users} text={t('leaderboards.quiet')} />
        const { reason, text } = answer
        if (reason !== null)
          return <EmptyPanel Icon={Users} text={said('leaderboards', { code: reason, values: {}, text: text ?? '' })} />
        return <Bands answer={answer} />
      }}
    </QueryCard>
  )
}

function Bands({ answer }: { readonly answer: Peers }) {
  const { t, format } = useWords()
  const { value, days } = useBoardWords()
  return (
    <div className={styles['peers']}>
      <p className="note">{t('leaderboards.peers.note', { days: days(answer) })}</p>
      <ul className={styles['bands']}>
        {answer.bands.map((band) => (
          <li key={band.metric}>
            <div className={styles['bandHead']}>
              <h3>{t(`leaderboards.metric.${band.metric}`)}</h3>
              <span>{value(band.metric, band.value)}</span>
            </div>
            <div className={styles['scale']} aria-hidden>
              <div
                className={styles['band']}
                style={{ '--from': `${band.from_percent}%`, '--to': `${band.to_percent}%` }}
              />
            </div>
            <p className="note">
              {t('leaderboards.peers.band', {
                from: format.number(band.from_percent),
                to: format.percent(band.to_percent),
              })}
            </p>
          </li>
        ))}
      </ul>
    </div>
  )
}
