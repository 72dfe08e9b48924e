import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

export function AdminGroups() {
  const { t } = useWords()
  return <PageHeader title={t('operations.groups')} />
}
