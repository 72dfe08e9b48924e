import { Button, Group, Modal, TextInput } from '@mantine/core'
import { useState, type ReactNode } from 'react'

import { useWords } from '@/words/words'

interface Props {
  readonly title: string
  /** What will happen, and what it is good to know before. */
  readonly children: ReactNode
  /** The verb on the button. */
  readonly action: string
  readonly isDanger?: boolean
  readonly isPending?: boolean
  /** Why it did not go well, in a sentence. */
  readonly error?: string | undefined
  /** What has to be typed before, so that nobody does it in passing. */
  readonly typed?: string
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Asks before something that cannot be taken back, or that concerns many. */
export function ConfirmDialog(props: Props) {
  const { title, children, action, isDanger = false, isPending = false, error, typed, onConfirm, onClose } = props
  const { t } = useWords()
  const [text, setText] = useState('')
  const isReady = typed === undefined || text.trim() === typed
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('parts.close') }} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady && !isPending) onConfirm()
        }}
      >
        {children}
        {typed !== undefined && (
          <TextInput
            mt={12}
            label={t('parts.confirm.type', { name: typed })}
            value={text}
            autoComplete="off"
            onChange={(event) => setText(event.currentTarget.value)}
          />
        )}
        <div role="alert">{error !== undefined && <p style={{ color: 'var(--danger)', marginBlockStart: 12 }}>{error}</p>}</div>
        <Group justify="flex-end" mt={20}>
          <Button variant="default" onClick={onClose}>
            {t('parts.cancel')}
          </Button>
          <Button type="submit" loading={isPending} disabled={!isReady} {...(isDanger && { color: 'danger' })}>
            {action}
          </Button>
        </Group>
      </form>
    </Modal>
  )
}
