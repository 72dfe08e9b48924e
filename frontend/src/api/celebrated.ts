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
function take(manager: LockManager, name: string): Promise<boolean> {
  return new Promise((resolve) => {
    void manager.request(name, { ifAvailable: true }, (lock) => {
      resolve(lock !== null)
      return lock === null ? undefined : new Promise<void>(() => undefined)
    })
  })
}

/** Which of the names this tab has now. One tab asks at a time, or two could get one of two names each. */
async function takeAll(turn: string, names: readonly string[]): Promise<readonly boolean[]> {
  const manager = locks()
  if (manager === null) return names.map(() => true)
  return manager.request(turn, () => Promise.all(names.map((name) => take(manager, name))))
}

/**
 * Those of the notices that no tab has celebrated yet; from now on they count as celebrated.
 *
 * Tabs are processes, and what one stores the others see a little later: so the storage tells only of what was celebrated
 * some time ago. A lock decides between tabs that hear of an unlock at once; it is kept, so that none comes after. What
 * one commit unlocks, one tab celebrates.
 */
export async function claim(learnerId: string, notices: readonly Notice[]): Promise<readonly Notice[]> {
  const key = `${KEY}:${learnerId}`
  const last = localStorage.getItem(key) ?? '0.0'
  const unlocks = notices.filter((notice) => notice.kind === 'achievement_unlocked' && isLater(notice.id, last))
  if (unlocks.length === 0) return []
  const taken = await takeAll(key, unlocks.map(({ id }) => `${key}:${id}`))
  const newest = unlocks.reduce((latest, { id }) => (isLater(id, latest) ? id : latest), localStorage.getItem(key) ?? last)
  localStorage.setItem(key, newest)
  return unlocks.filter((_, place) => taken[place])
}
