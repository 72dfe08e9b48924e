import { CloudOff } from 'lucide-react'
import { useSyncExternalStore } from 'react'

import { useWords } from '@/words/words'

import styles from './shell.module.css'

function subscribe(tell: () => void): () => void {
  window.addEventListener('online', tell)
  window.addEventListener('offline', tell)
  return () => {
    window.removeEventListener('online', tell)
    window.removeEventListener('offline', tell)
  }
}

/** Says that the browser is offline. The status stands there empty before, or screen readers would not hear it. */
export function OfflineNotice() {
  const { t } = useWords()
  const isOnline = useSyncExternalStore(subscribe, () => navigator.onLine)
  return (
    <div role="status">
      {!isOnline && (
        <p className={styles['offline']}>
          <CloudOff size={18} aria-hidden /> {t('app.offline')}
        </p>
      )}
    </div>
  )
}
