// What a learner was told, newest first.
import { Bell } from 'lucide-react'

import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { FeedRow } from '@/parts/records/FeedRow'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords } from '@/words/words'

import { LoadMore } from '../../operations/LoadMore'
import { browserZone } from '../../operations/zone'
import { useAdminNotices } from '../api/adminNotices'

export function LearnerNotices({ id }: { readonly id: string }) {
  const { t, said, format } = useWords()
  const notices = useAdminNotices(id)
  return (
    <QueryCard
      title={t('admin.notices')}
      query={notices}
      lines={5}
      isEmpty={(all) => all.length === 0}
      empty={<EmptyPanel Icon={Bell} text={t('admin.notices.none')} />}
    >
      {(all) => (
        <>
          <ul className="feed">
            {all.map((notice) => (
              <FeedRow
                key={notice.id}
                Icon={Bell}
                text={said('notices', notice)}
                note={t('admin.notices.note', {
                  at: format.moment(notice.created_at, browserZone()),
                  isSeen: notice.seen_at !== null,
                  seen: notice.seen_at === null ? '' : format.moment(notice.seen_at, browserZone()),
                })}
              />
            ))}
          </ul>
          <LoadMore pages={notices} />
        </>
      )}
    </QueryCard>
  )
}
