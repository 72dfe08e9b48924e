import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

export function LeaderboardPage() {
  const { t } = useWords()
  return <PageHeader title={t('leaderboards.title')} />
}
