import { Modal } from '@mantine/core'

import { useWords } from '@/words/words'

import { ShareForm } from './ShareForm'

interface Props {
  readonly opened: boolean
  readonly onClose: () => void
  /** The badge to share; the progress page without one. */
  readonly badge?: { readonly code: string; readonly title: string }
}

/** The form for a new share, in a dialog. */
export function ShareDialog({ opened, onClose, badge }: Props) {
  const { t } = useWords()
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={badge === undefined ? t('sharing.new') : t('sharing.new.title', { title: badge.title })}
      closeButtonProps={{ 'aria-label': t('sharing.close') }}
      centered
    >
      <ShareForm {...(badge && { badge })} />
    </Modal>
  )
}
