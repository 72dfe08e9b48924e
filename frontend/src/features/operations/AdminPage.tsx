// The frame of administration: its sections as links, and the section that is open.
import { UnstyledButton } from '@mantine/core'
import { NavLink, Outlet } from 'react-router'

import { useSession } from '@/app/session'
import { useWords } from '@/words/words'

import styles from './admin.module.css'

const SECTIONS = [
  ['/admin', 'operations.achievements'],
  ['/admin/outages', 'operations.outages'],
  ['/admin/learners', 'operations.learners'],
  ['/admin/exercises', 'operations.exercises'],
  ['/admin/kinds', 'operations.kinds'],
  ['/admin/jobs', 'operations.jobs'],
  ['/admin/audit', 'operations.audit'],
  ['/admin/groups', 'operations.groups'],
] as const

export function AdminPage() {
  const { t } = useWords()
  const { signOut } = useSession()
  return (
    <>
      <nav aria-label={t('operations.sections')}>
        <ul className={styles['sections']}>
          {SECTIONS.map(([to, label]) => (
            <li key={to}>
              <NavLink to={to} end className={styles['section'] ?? ''}>
                {t(label)}
              </NavLink>
            </li>
          ))}
          {/* On a phone there is no side bar, and administration has no bottom bar. */}
          <li className={styles['signOut']}>
            <UnstyledButton className={styles['section'] ?? ''} onClick={signOut}>
              {t('app.signOut')}
            </UnstyledButton>
          </li>
        </ul>
      </nav>
      <Outlet />
    </>
  )
}
