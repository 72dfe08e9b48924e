import { useWords } from '@/words/words'

import styles from './progress.module.css'

interface Props {
  /** The names of all levels, the lowest first. */
  readonly levels: readonly string[]
  /** The place of the level that is held, 0 for the lowest. */
  readonly held: number
  /** How far to the next, 0 to 100. */
  readonly percentToNext?: number
}

/** Levels as steps: those held are full, the next one shows how far it is. */
export function LevelTrack({ levels, held, percentToNext = 0 }: Props) {
  const { t } = useWords()
  const share = (index: number) => (index <= held ? 100 : index === held + 1 ? percentToNext : 0)
  const name = t('parts.level', { level: held + 1, levels: levels.length, name: levels[held] ?? '' })
  return (
    <div className={styles['level']} role="img" aria-label={name} style={{ '--levels': levels.length }}>
      {levels.map((level, index) => (
        <div key={level} className={styles['track']}>
          <div className={styles['fill']} style={{ '--share': `${share(index)}%` }} />
        </div>
      ))}
    </div>
  )
}
