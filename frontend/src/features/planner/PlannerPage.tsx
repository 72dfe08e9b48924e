import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

export function PlannerPage() {
  const { t } = useWords()
  return <PageHeader title={t('planner.title')} />
}
