// Taking something away with a way back: it is hidden at once and goes when its toast is gone, so undoing loses nothing.
import { Button, Group, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'

import { useWords } from '@/words/words'

const MILLISECONDS_TO_UNDO = 10_000

export interface Undo {
  readonly isHidden: (id: string) => boolean
  /** Hides it and says `message`; without an undo it is taken away afterwards. */
  readonly remove: (id: string, message: string) => void
}

function focusTitle() {
  document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
}

/** What is hidden and waits. `settle` takes one away now, unless it was taken back. */
function useWaiting(takeAway: (id: string) => Promise<unknown>, failure: string) {
  const { t } = useWords()
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const waiting = useRef(new Set<string>())
  const hide = useCallback((id: string) => {
    waiting.current.add(id)
    setHidden((before) => new Set([...before, id]))
  }, [])
  const show = useCallback((id: string) => {
    waiting.current.delete(id)
    setHidden((before) => new Set([...before].filter((one) => one !== id)))
  }, [])
  const settle = useCallback(
    (id: string) => {
      if (!waiting.current.delete(id)) return
      const failed = () => {
        show(id)
        const closeButtonProps = { 'aria-label': t('parts.toast.close') }
        notifications.show({ message: failure, color: 'danger', role: 'alert', autoClose: false, closeButtonProps })
      }
      takeAway(id).then(() => show(id), failed)
    },
    [takeAway, failure, show, t],
  )
  useEffect(() => {
    const flush = () =>
      [...waiting.current].forEach((id) => {
        settle(id)
        notifications.hide(id)
      })
    window.addEventListener('pagehide', flush)
    return () => {
      window.removeEventListener('pagehide', flush)
      flush()
    }
  }, [settle])
  return { hidden, hide, show, settle }
}

/** `takeAway` must be stable; leaving the page calls it at once. `failure` is said where it fails. */
export function useUndo(takeAway: (id: string) => Promise<unknown>, failure: string): Undo {
  const { t } = useWords()
  const { hidden, hide, show, settle } = useWaiting(takeAway, failure)
  return useMemo<Undo>(() => {
    const undo = (id: string) => {
      show(id)
      notifications.hide(id)
      focusTitle()
    }
    const remove = (id: string, message: string) => {
      hide(id)
      notifications.show({
        id,
        autoClose: MILLISECONDS_TO_UNDO,
        onClose: () => {
          settle(id)
          if (document.activeElement === document.body) focusTitle()
        },
        closeButtonProps: { 'aria-label': t('parts.toast.close') },
        role: 'status',
        message: (
          <Group justify="space-between" wrap="nowrap">
            <Text>{message}</Text>
            {/* What had the focus before is gone. */}
            <Button variant="default" size="xs" ref={(button) => button?.focus()} onClick={() => undo(id)}>
              {t('parts.undo')}
            </Button>
          </Group>
        ),
      })
    }
    return { isHidden: (id) => hidden.has(id), remove }
  }, [hidden, hide, settle, show, t])
}
