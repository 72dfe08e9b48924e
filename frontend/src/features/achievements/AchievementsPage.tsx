import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

export function AchievementsPage() {
  const { t } = useWords()
  return <PageHeader title={t('achievements.title')} />
}
