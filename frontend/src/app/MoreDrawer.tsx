import '@/theme/later.css'

import { Drawer } from '@mantine/core'
import type { ReactNode } from 'react'

import { useWords } from '@/words/words'

interface Props {
  readonly onClose: () => void
  readonly children: ReactNode
}

/** The pages that the phone's bottom bar has no room for. A chunk of its own: dialogs are not on the first load. */
export default function MoreDrawer({ onClose, children }: Props) {
  const { t } = useWords()
  return (
    <Drawer
      opened
      onClose={onClose}
      position="bottom"
      size="22rem"
      title={t('app.more')}
      closeButtonProps={{ 'aria-label': t('app.more.close') }}
    >
      {children}
    </Drawer>
  )
}
