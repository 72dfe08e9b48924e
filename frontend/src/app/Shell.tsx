// The frame of every page: side bar or bottom bar, skip link, and what holds for all pages at once.
import { UnstyledButton } from '@mantine/core'
import { Ellipsis, LogOut } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { NavLink, Outlet } from 'react-router'

import { NoticesBell } from '@/features/notices/NoticesBell'
import { PageSkeleton } from '@/parts/PageSkeleton'
import { useWords } from '@/words/words'

import { Logo } from './Logo'
import { BOTTOM, groupsFor, MORE, settings, type PageLink } from './navigation'
import { OfflineNotice } from './OfflineNotice'
import { useSession } from './session'
import styles from './shell.module.css'
import { usePageFocus } from './usePageFocus'
import { useTokenRenewal } from './useTokenRenewal'

// The stream begins after the first frame.
const LiveUnlocks = lazy(async () => ({ default: (await import('@/features/notices/LiveUnlocks')).LiveUnlocks }))
const MoreDrawer = lazy(() => import('./MoreDrawer'))

export function Shell() {
  const { t } = useWords()
  const { role } = useSession()
  usePageFocus()
  useTokenRenewal()
  return (
    <div className={styles['shell']}>
      <a className={styles['skip']} href="#content">
        {t('app.skip')}
      </a>
      <header className={styles['frame']}>
        <SideBar />
        {role === 'learner' && <TopBar />}
      </header>
      <main id="content" className={styles['content']} tabIndex={-1}>
        <OfflineNotice />
        <Suspense fallback={<PageSkeleton />}>
          <Outlet />
        </Suspense>
      </main>
      {role !== 'admin' && <BottomBar />}
      {role === 'learner' && (
        <Suspense>
          <LiveUnlocks />
        </Suspense>
      )}
    </div>
  )
}

function Links({ links, onFollow }: { readonly links: readonly PageLink[]; readonly onFollow?: () => void }) {
  const { t } = useWords()
  return (
    <ul className={styles['links']}>
      {links.map(({ to, label, Icon }) => (
        <li key={to}>
          <NavLink to={to} end={to === '/'} className={styles['link'] ?? ''} {...(onFollow && { onClick: onFollow })}>
            <Icon size={18} aria-hidden /> <span>{t(label)}</span>
          </NavLink>
        </li>
      ))}
    </ul>
  )
}

/** On a phone at the top of the page, else in the corner of the side bar: one bell, which both have. */
function TopBar() {
  return (
    <div className={styles['top']}>
      <Logo />
      <NoticesBell />
    </div>
  )
}

function SideBar() {
  const { t } = useWords()
  const { role, learnerId, signOut } = useSession()
  return (
    <div className={styles['side']}>
      <Logo />
      <nav aria-label={t('app.navigation')} className={styles['groups']}>
        {groupsFor(role).map(({ label, links }) => (
          <section key={label} aria-label={t(label)}>
            <Links links={links} />
          </section>
        ))}
        {role === 'learner' && <Links links={[settings]} />}
      </nav>
      <div className={styles['person']}>
        <span className={styles['personName']}>{learnerId}</span>
        <UnstyledButton onClick={signOut} className={styles['link'] ?? ''}>
          <LogOut size={18} aria-hidden /> <span>{t('app.signOut')}</span>
        </UnstyledButton>
      </div>
    </div>
  )
}

function BottomBar() {
  const { t } = useWords()
  const { signOut } = useSession()
  const [isOpen, setOpen] = useState(false)
  const close = () => setOpen(false)
  return (
    <nav aria-label={t('app.navigation')} className={styles['bottom']}>
      <Links links={BOTTOM} />
      <UnstyledButton className={styles['link'] ?? ''} onClick={() => setOpen(true)} aria-haspopup="dialog">
        <Ellipsis size={18} aria-hidden /> <span>{t('app.more')}</span>
      </UnstyledButton>
      {isOpen && (
        <Suspense>
          <MoreDrawer onClose={close}>
            <Links links={MORE} onFollow={close} />
            <UnstyledButton className={styles['link'] ?? ''} onClick={signOut}>
              <LogOut size={18} aria-hidden /> <span>{t('app.signOut')}</span>
            </UnstyledButton>
          </MoreDrawer>
        </Suspense>
      )}
    </nav>
  )
}
