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

/** Those of the notices that no tab has celebrated yet; from now on they count as celebrated. */
export async function claim(learnerId: string, notices: readonly Notice[]): Promise<readonly Notice[]> {
  const key = `${KEY}:${learnerId}`
  const take = () => {
    const last = localStorage.getItem(key) ?? '0.0'
    const unlocks = notices.filter((notice) => notice.kind === 'achievement_unlocked' && isLater(notice.id, last))
    const newest = unlocks.reduce((latest, { id }) => (isLater(id, latest) ? id : latest), last)
    if (unlocks.length > 0) localStorage.setItem(key, newest)
    return unlocks
  }
  return (await locks()?.request(key, take)) ?? take()
}
