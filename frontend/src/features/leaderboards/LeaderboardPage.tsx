import { Button } from '@mantine/core'
import { BellOff, Trophy } from 'lucide-react'
import { Link } from 'react-router'

import { useMe } from '@/features/learners/api/me'
import { CardGrid } from '@/parts/cards/Card'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { PageHeader } from '@/parts/PageHeader'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords } from '@/words/words'

import { BoardCard } from './BoardCard'
import { JoinForm } from './JoinForm'
import { LeaveCard } from './LeaveCard'
import { PeersCard } from './PeersCard'

export function LeaderboardPage() {
  const { t } = useWords()
  const me = useMe()
  const isJoined = me.data !== undefined && me.data.boards && !me.data.quiet
  return (
    <>
      <PageHeader title={t('leaderboards.title')} />
      {isJoined ? (
        <CardGrid>
          <BoardCard />
          <PeersCard />
          <LeaveCard name={me.data.display_name} />
        </CardGrid>
      ) : (
        <QueryCard
          title={t('leaderboards.join.title')}
          query={me}
          height={320}
          isEmpty={({ quiet }) => quiet}
          empty={
            <EmptyPanel
              Icon={BellOff}
              text={t('leaderboards.quiet')}
              action={
                <Button component={Link} to="/settings" variant="default">
                  {t('leaderboards.quiet.settings')}
                </Button>
              }
            />
          }
          aside={<Trophy size={20} aria-hidden />}
        >
          {(answer) => <JoinForm me={answer} />}
        </QueryCard>
      )}
    </>
  )
}
