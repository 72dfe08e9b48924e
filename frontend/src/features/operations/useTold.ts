import { notifications } from '@mantine/notifications'

import { useWords } from '@/words/words'

/** Says in a toast that something was done. */
export function useTold(): (message: string) => void {
  const { t } = useWords()
  return (message) => {
    notifications.show({ message, role: 'status', closeButtonProps: { 'aria-label': t('parts.close') } })
  }
}
