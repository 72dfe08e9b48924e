import { notifications } from '@mantine/notifications'

import { useWords } from '@/words/words'

import { useProblems } from './forms/useProblems'

/** Short notes at the corner of the page: `done` for what went well, `failed` for an error that has no place of its own. */
export function useToasts() {
  const { t } = useWords()
  const problems = useProblems('parts')
  const close = { closeButtonProps: { 'aria-label': t('parts.toast.close') } }
  return {
    done: (message: string) => {
      notifications.show({ ...close, message, role: 'status' })
    },
    failed: (error: Error) => {
      notifications.show({ ...close, message: problems.text(error), color: 'danger', role: 'alert', autoClose: false })
    },
  }
}
