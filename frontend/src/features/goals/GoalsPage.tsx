import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

export function GoalsPage() {
  const { t } = useWords()
  return <PageHeader title={t('goals.title')} />
}
