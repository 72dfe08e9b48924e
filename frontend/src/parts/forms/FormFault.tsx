import styles from '@/parts/cards/card.module.css'

/** What went wrong with an action, said below it and read out. `text`: undefined while nothing is wrong. */
export function FormFault({ text }: { readonly text: string | undefined }) {
  if (text === undefined) return null
  return (
    <p role="alert" className={styles['fault']}>
      {text}
    </p>
  )
}
