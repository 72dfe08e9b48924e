import { Link } from 'react-router'

import styles from './home.module.css'

interface Props {
  readonly to: string
  readonly children: string
}

/** The way from a card to the page that has all of it. */
export function CardLink({ to, children }: Props) {
  return (
    <Link to={to} className={styles['cardLink']}>
      {children}
    </Link>
  )
}
