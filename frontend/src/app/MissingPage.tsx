import { Button } from '@mantine/core'
import { Link } from 'react-router'

import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

export function MissingPage() {
  const { t } = useWords()
  return (
    <>
      <PageHeader title={t('app.missing.title')} />
      <EmptyPanel text={t('app.missing.text')} action={<Button component={Link} to="/">{t('app.missing.home')}</Button>} />
    </>
  )
}
