import { Button } from '@mantine/core'
import { TriangleAlert } from 'lucide-react'

import { Problem } from '@/api/problems'
import { useWords } from '@/words/words'

import styles from './card.module.css'

interface Props {
  readonly error: Error
  /** What is missing, in a sentence; without it, that numbers are. */
  readonly text?: string
  readonly retry?: () => void
}

/** In place of content that did not arrive: what is missing, the way to try again, and the id to report. */
export function ErrorPanel({ error, text, retry }: Props) {
  const { t } = useWords()
  const requestId = error instanceof Problem ? error.requestId : null
  return (
    <div className={styles['panel']} role="alert">
      <TriangleAlert size={28} aria-hidden />
      <p>{text ?? t('parts.error')}</p>
      {retry !== undefined && (
        <Button variant="default" onClick={retry}>
          {t('parts.retry')}
        </Button>
      )}
      {requestId !== null && <p className="note">{t('parts.error.request', { id: requestId })}</p>}
    </div>
  )
}
