import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

export function AdminKinds() {
  const { t } = useWords()
  return <PageHeader title={t('operations.kinds')} />
}
