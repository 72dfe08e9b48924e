// The frame of administration: its sections as links, and the section that is open.
import { NavLink, Outlet } from 'react-router'

import { useWords } from '@/words/words'

import styles from './admin.module.css'

const SECTIONS = [
  ['/admin', 'operations.achievements'],
  ['/admin/outages', 'operations.outages'],
  ['/admin/learners', 'operations.learners'],
  ['/admin/kinds', 'operations.kinds'],
  ['/admin/jobs', 'operations.jobs'],
  ['/admin/audit', 'operations.audit'],
  ['/admin/groups', 'operations.groups'],
] as const

export function AdminPage() {
  const { t } = useWords()
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
        </ul>
      </nav>
      <Outlet />
    </>
  )
}
