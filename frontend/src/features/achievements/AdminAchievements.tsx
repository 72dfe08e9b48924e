import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

export function AdminAchievements() {
  const { t } = useWords()
  return <PageHeader title={t('operations.achievements')} />
}
