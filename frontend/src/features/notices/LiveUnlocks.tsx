// Keeps the numbers of the open page fresh by the live stream, and celebrates what is earned meanwhile, once a browser.
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'

import { claim } from '@/api/celebrated'
import { refresh } from '@/api/queries'
import { share, type Notice } from '@/api/stream'
import { useSession } from '@/app/session'
import { UnlockNotice } from '@/parts/UnlockNotice'

import { useMarkSeen } from './api/seen'

/** Resolves when the tab can be seen: a celebration in a hidden tab would be missed. */
function visible(signal: AbortSignal): Promise<void> {
  if (document.visibilityState === 'visible') return Promise.resolve()
  return new Promise((resolve) => {
    const check = () => {
      if (document.visibilityState === 'visible') resolve()
    }
    document.addEventListener('visibilitychange', check, { signal })
  })
}

export function LiveUnlocks() {
  const { learnerId } = useSession()
  const queries = useQueryClient()
  const { mutate: markSeen } = useMarkSeen()
  const [shown, setShown] = useState<readonly Notice[]>([])
  useEffect(() => {
    const end = new AbortController()
    const celebrate = async (notices: readonly Notice[]) => {
      await visible(end.signal)
      if (end.signal.aborted) return
      const mine = await claim(learnerId, notices)
      if (mine.length > 0) setShown((before) => [...before, ...mine])
    }
    void share(
      learnerId,
      ({ parts, notices }) => {
        void refresh(queries, parts ?? undefined)
        if (notices.length > 0) void celebrate(notices)
      },
      end.signal,
    )
    return () => end.abort()
  }, [learnerId, queries])
  const unlocks = shown.flatMap(({ achievement }) => achievement ?? [])
  const close = () => {
    markSeen({ ids: shown.map(({ id }) => id) })
    setShown([])
  }
  return <UnlockNotice unlocks={unlocks} onClose={close} />
}
