import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

export function ActivityPage() {
  const { t } = useWords()
  return <PageHeader title={t('activities.title')} />
}
