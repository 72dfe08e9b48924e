import type { LucideIcon } from 'lucide-react'
import { useSyncExternalStore } from 'react'

type Icons = Readonly<Record<string, LucideIcon>>

const NONE: Icons = {}
let icons: Icons = NONE
const listeners = new Set<() => void>()

function subscribe(tell: () => void): () => void {
  listeners.add(tell)
  if (icons === NONE) {
    // If the chunk does not come, badges keep the medal: a shape and a name say more than the icon.
    import('./badgeIcons').then(
      (chunk) => {
        icons = chunk.BADGE_ICONS
        for (const one of listeners) one()
      },
      () => undefined,
    )
  }
  return () => {
    listeners.delete(tell)
  }
}

/** The icons of badges by their Lucide names; none while they load. */
export function useBadgeIcons(): Icons {
  return useSyncExternalStore(subscribe, () => icons)
}
