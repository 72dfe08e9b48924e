import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

export function SkillsPage() {
  const { t } = useWords()
  return <PageHeader title={t('skills.title')} />
}
