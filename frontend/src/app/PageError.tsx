import { Button } from '@mantine/core'
import { useRouteError } from 'react-router'

import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

/** In place of a page whose code did not load, which is so after an update, or which broke. */
export function PageError() {
  const { t } = useWords()
  const error = useRouteError()
  if (import.meta.env.DEV) console.error(error)
  return (
    <main id="content">
      <PageHeader title={t('app.chunk.title')} />
      <EmptyPanel text={t('app.chunk.text')} action={<Button onClick={() => window.location.reload()}>{t('app.chunk.reload')}</Button>} />
    </main>
  )
}
