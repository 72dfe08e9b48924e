import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

export function AnalyticsPage() {
  const { t } = useWords()
  return <PageHeader title={t('insight.title')} />
}
