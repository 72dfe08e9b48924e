import { notifications } from '@mantine/notifications'

import { Problem } from '@/api/problems'
import { useWords } from '@/words/words'

/** Short notes at the corner of the page: `done` for what went well, `failed` for an error that has no place of its own. */
export function useToasts() {
  const { t, said } = useWords()
  const close = { closeButtonProps: { 'aria-label': t('parts.toast.close') } }
  return {
    done: (message: string) => {
      notifications.show({ ...close, message, role: 'status' })
    },
    failed: (error: Error) => {
      const message =
        error instanceof Problem
          ? said('parts', { code: error.code, values: {}, text: error.detail })
          : t('parts.unreachable')
      notifications.show({ ...close, message, color: 'danger', role: 'alert', autoClose: false })
    },
  }
}
