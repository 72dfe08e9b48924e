import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

export function AdminOutages() {
  const { t } = useWords()
  return <PageHeader title={t('operations.outages')} />
}
