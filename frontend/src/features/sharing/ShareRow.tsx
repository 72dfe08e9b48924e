import { Button } from '@mantine/core'
import { BellOff, CircleCheck, CircleSlash, EyeOff, Trash2, type LucideIcon } from 'lucide-react'

import { Chip, type ChipTone } from '@/parts/Chip'
import { Why } from '@/parts/Why'
import { useWords } from '@/words/words'

import type { Share } from './api/shares'
import { CopyLink } from './CopyLink'
import { fullAddress } from './links'
import { ShareEnd } from './ShareEnd'
import styles from './sharing.module.css'

const STATES: Readonly<Record<Share['state'], readonly [LucideIcon, ChipTone]>> = {
  open: [CircleCheck, 'earned'],
  ended: [CircleSlash, 'plain'],
  quiet: [BellOff, 'plain'],
  badge_not_shown: [EyeOff, 'plain'],
}

interface Props {
  readonly share: Share
  /** What is shared: the badge's title. */
  readonly name: string
  readonly onRevoke: () => void
}

export function ShareRow({ share, name, onRevoke }: Props) {
  const { t } = useWords()
  const [Icon, tone] = STATES[share.state]
  const address = fullAddress(share.url)
  return (
    <li className={styles['share']}>
      <div className={styles['shareHead']}>
        <h3>
          <a href={address} target="_blank" rel="noopener noreferrer">
            {name}
          </a>
        </h3>
        <Chip Icon={Icon} tone={tone}>
          {t(`sharing.state.${share.state}`)}
        </Chip>
      </div>
      <What share={share} />
      <p className="note">
        <ShareEnd endsOn={share.ends_on} />
      </p>
      <Views share={share} name={name} />
      <div className={styles['actions']}>
        <CopyLink address={address} name={name} />
        <Button
          variant="subtle"
          color="danger"
          leftSection={<Trash2 size={16} aria-hidden />}
          onClick={onRevoke}
          aria-label={t('sharing.revoke.label', { name })}
        >
          {t('sharing.revoke')}
        </Button>
      </div>
    </li>
  )
}

function What({ share }: { readonly share: Share }) {
  const { t, format } = useWords()
  const fields = share.fields.map((field) => t(`sharing.field.${field}`))
  if (share.kind === 'badge') return <p className="note">{t(fields.length > 0 ? 'sharing.badge.named' : 'sharing.badge')}</p>
  return <p className="note">{t('sharing.shows', { fields: format.list(fields) })}</p>
}

function Views({ share, name }: { readonly share: Share; readonly name: string }) {
  const { t, format } = useWords()
  const views = t('sharing.views', { views: share.views })
  const rows = share.views_by_day.map(({ day, views: count }) => ({ label: format.day(day, 'short'), value: format.number(count) }))
  return (
    <p className={styles['views']}>
      {views}
      {rows.length > 0 && (
        <Why figure={`${name}: ${views}`} rows={rows}>
          {t('sharing.views.why')}
        </Why>
      )}
    </p>
  )
}
