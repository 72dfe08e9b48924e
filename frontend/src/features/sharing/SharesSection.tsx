// The learner's public links: what each shows and until when, how often it was opened, copy and revoke.
import { Button } from '@mantine/core'
import { Link2 } from 'lucide-react'
import { useRef, useState } from 'react'

import { useAchievements } from '@/features/achievements/api/achievements'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords } from '@/words/words'

import { useShares } from './api/shares'
import { RevokeDialog } from './RevokeDialog'
import { ShareDialog } from './ShareDialog'
import { ShareRow } from './ShareRow'
import styles from './sharing.module.css'

export function SharesSection() {
  const { t } = useWords()
  const query = useShares()
  const badges = useAchievements().data?.achievements
  const [isSharing, setSharing] = useState(false)
  const [revoked, setRevoked] = useState<{ readonly id: string; readonly name: string } | null>(null)
  const section = useRef<HTMLDivElement>(null)
  const nameOf = (code: string | null) =>
    code === null ? t('sharing.kind.progress') : (badges?.find((badge) => badge.code === code)?.title ?? code)
  const create = (
    <Button variant="default" onClick={() => setSharing(true)}>
      {t('sharing.new')}
    </Button>
  )
  // The button that opened the dialog has gone with its row.
  const refocus = () => requestAnimationFrame(() => section.current?.focus())
  return (
    <div ref={section} tabIndex={-1} className={styles['frame']}>
      <QueryCard
        title={t('sharing.title')}
        query={query}
        lines={4}
        isEmpty={({ shares }) => shares.length === 0}
        empty={<EmptyPanel Icon={Link2} text={t('sharing.empty')} action={create} />}
      >
        {({ shares }) => (
          <div className={styles['section']}>
            <p className="note">{t('sharing.note')}</p>
            <ul className={styles['list']}>
              {shares.map((share) => {
                const name = nameOf(share.code)
                const revoke = () => setRevoked({ id: share.share_id, name })
                return <ShareRow key={share.share_id} share={share} name={name} onRevoke={revoke} />
              })}
            </ul>
            <div>{create}</div>
          </div>
        )}
      </QueryCard>
      <ShareDialog opened={isSharing} onClose={() => setSharing(false)} />
      <RevokeDialog share={revoked} onClose={() => setRevoked(null)} onRevoked={refocus} />
    </div>
  )
}
