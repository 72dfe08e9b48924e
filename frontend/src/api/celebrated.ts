// Which unlocks have been celebrated in this browser, so that one of its tabs does it, once.
import { locks } from './locks'
import type { Notice } from './stream'

const KEY = 'milepost.celebrated'

function parts(id: string): readonly [number, number] {
  const [revision = '0', place = '0'] = id.split('.')
  return [Number(revision), Number(place)]
}

function isLater(id: string, than: string): boolean {
  const [revision, place] = parts(id)
  const [thanRevision, thanPlace] = parts(than)
  return revision > thanRevision || (revision === thanRevision && place > thanPlace)
}

/** Takes a name for this tab, until it is closed. False if another tab has it. */
function take(name: string): Promise<boolean> {
  const manager = locks()
  if (manager === null) return Promise.resolve(true)
  return new Promise((resolve) => {
    void manager.request(name, { ifAvailable: true }, (lock) => {
      resolve(lock !== null)
      return lock === null ? undefined : new Promise<void>(() => undefined)
    })
  })
}

/**
 * Those of the notices that no tab has celebrated yet; from now on they count as celebrated.
 *
 * Tabs are processes, and what one stores the others see a little later: so the storage tells only of what was celebrated
 * some time ago. A lock decides between tabs that hear of an unlock at once; it is kept, so that none comes after.
 */
export async function claim(learnerId: string, notices: readonly Notice[]): Promise<readonly Notice[]> {
  const key = `${KEY}:${learnerId}`
  const last = localStorage.getItem(key) ?? '0.0'
  const unlocks = notices.filter((notice) => notice.kind === 'achievement_unlocked' && isLater(notice.id, last))
  const taken = await Promise.all(unlocks.map(({ id }) => take(`${key}:${id}`)))
  const newest = unlocks.reduce((latest, { id }) => (isLater(id, latest) ? id : latest), localStorage.getItem(key) ?? last)
  if (unlocks.length > 0) localStorage.setItem(key, newest)
  return unlocks.filter((_, place) => taken[place])
}
