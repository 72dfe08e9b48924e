import { useWords } from '@/words/words'

import styles from './shell.module.css'

export function Logo() {
  const { t } = useWords()
  return (
    <div className={styles['logo']}>
      <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden>
        <path d="M10 3h3v26h-3z" fill="var(--ink)" />
        <path d="M6 7h16l6 5-6 5H6z" fill="var(--earned)" />
        <path d="m11.5 12 2.7 2.7 5-5" fill="none" stroke="var(--on-earned)" strokeWidth="2.2" strokeLinecap="round" />
      </svg>
      <span>{t('app.name')}</span>
    </div>
  )
}
