import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

export function AdminAudit() {
  const { t } = useWords()
  return <PageHeader title={t('operations.audit')} />
}
