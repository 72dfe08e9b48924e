import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

export function AdminJobs() {
  const { t } = useWords()
  return <PageHeader title={t('operations.jobs')} />
}
