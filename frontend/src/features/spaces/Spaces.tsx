import { Layers } from 'lucide-react'

import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords } from '@/words/words'

import { useSpaceProgress, useSpaces } from './api/spaces'
import { PartsOfProgress } from './PartsOfProgress'

/** The spaces in which the learner works, each open to its parts. */
export function Spaces() {
  const { t } = useWords()
  return (
    <QueryCard
      title={t('spaces.spaces')}
      query={useSpaces()}
      span={6}
      height={160}
      isEmpty={({ spaces }) => spaces.length === 0}
      empty={<EmptyPanel Icon={Layers} text={t('spaces.spaces.empty')} />}
    >
      {({ spaces }) =>
        spaces.map((space) => (
          <Space key={space.space_id} spaceId={space.space_id} title={space.title} total={space.total} />
        ))
      }
    </QueryCard>
  )
}

interface Props {
  readonly spaceId: string
  readonly title: string
  readonly total: number
}

function Space({ spaceId, title, total }: Props) {
  const progress = useSpaceProgress(spaceId)
  return <PartsOfProgress title={title === '' ? spaceId : title} total={total} progress={progress} />
}
