import { useEffect, type ReactNode } from 'react'

import { useWords } from '@/words/words'

import styles from './cards/card.module.css'

interface Props {
  readonly title: string
  /** A line below the title: a date, a count. */
  readonly note?: ReactNode
  /** Controls of the whole page: period, filter, export. */
  readonly actions?: ReactNode
}

/** The title of a page, which also names the document and takes the focus after navigation. */
export function PageHeader({ title, note, actions }: Props) {
  const { t } = useWords()
  useEffect(() => {
    document.title = `${title} · ${t('app.name')}`
  }, [title, t])
  return (
    <header className={styles['pageHeader']}>
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {note !== undefined && <p className={styles['pageNote']}>{note}</p>}
      </div>
      {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
    </header>
  )
}
