import { Button, Modal } from '@mantine/core'

import { ErrorPanel } from '@/parts/cards/ErrorPanel'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import { useRevokeShare } from './api/revoke-share'
import styles from './sharing.module.css'

interface Props {
  /** Whose link is to be revoked; null: the dialog is closed. */
  readonly share: { readonly id: string; readonly name: string } | null
  readonly onClose: () => void
  readonly onRevoked: () => void
}

/** Asks before a link is revoked: it cannot come back. */
export function RevokeDialog({ share, onClose, onRevoked }: Props) {
  const { t } = useWords()
  const toasts = useToasts()
  const revoke = useRevokeShare()
  const close = () => {
    revoke.reset()
    onClose()
  }
  const send = () => {
    if (share === null) return
    revoke.mutate(share.id, {
      onSuccess: () => {
        toasts.done(t('sharing.revoked', { name: share.name }))
        close()
        onRevoked()
      },
    })
  }
  return (
    <Modal
      opened={share !== null}
      onClose={close}
      title={t('sharing.revoke.title')}
      closeButtonProps={{ 'aria-label': t('sharing.close') }}
      centered
    >
      <div className={styles['form']}>
        <p>{t('sharing.revoke.text', { name: share?.name ?? '' })}</p>
        {revoke.error !== null && <ErrorPanel error={revoke.error} text={t('sharing.revoke.failed')} />}
        <div className={styles['actions']}>
          <Button color="danger" onClick={send} loading={revoke.isPending}>
            {t('sharing.revoke')}
          </Button>
          <Button variant="default" onClick={close}>
            {t('sharing.revoke.keep')}
          </Button>
        </div>
      </div>
    </Modal>
  )
}
