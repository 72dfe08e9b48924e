import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

export function SettingsPage() {
  const { t } = useWords()
  return <PageHeader title={t('learners.title')} />
}
