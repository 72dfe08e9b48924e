import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

export function AdminLearners() {
  const { t } = useWords()
  return <PageHeader title={t('operations.learners')} />
}
