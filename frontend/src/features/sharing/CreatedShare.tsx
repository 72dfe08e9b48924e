import { useEffect, useRef } from 'react'

import { useWords } from '@/words/words'

import type { Share } from './api/shares'
import { CopyLink } from './CopyLink'
import { fullAddress } from './links'
import { ShareEnd } from './ShareEnd'
import styles from './sharing.module.css'

/** In place of the form once the link is there. Takes the focus, which the form has taken with it. */
export function CreatedShare({ share }: { readonly share: Share }) {
  const { t } = useWords()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  const address = fullAddress(share.url)
  return (
    <div className={styles['created']}>
      <h3 ref={heading} tabIndex={-1}>
        {t('sharing.created')}
      </h3>
      <a href={address} target="_blank" rel="noopener noreferrer">
        {address}
      </a>
      <p className="note">
        <ShareEnd endsOn={share.ends_on} />
      </p>
      <CopyLink address={address} name={t('sharing.link')} />
    </div>
  )
}
