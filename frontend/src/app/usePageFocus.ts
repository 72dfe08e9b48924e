import { useEffect, useRef } from 'react'
import { useLocation } from 'react-router'

/** After a change of page the title has the focus, so that a screen reader says where the reader is. */
export function usePageFocus(): void {
  const { pathname } = useLocation()
  const shown = useRef(pathname)
  useEffect(() => {
    if (shown.current === pathname) return
    shown.current = pathname
    window.scrollTo(0, 0)
    const focusTitle = () => {
      const title = document.querySelector<HTMLElement>('main h1')
      title?.focus({ preventScroll: true })
      return title !== null
    }
    if (focusTitle()) return
    // The page's chunk is still loading.
    const watch = new MutationObserver(() => {
      if (focusTitle()) watch.disconnect()
    })
    watch.observe(document.body, { childList: true, subtree: true })
    return () => watch.disconnect()
  }, [pathname])
}
