import { Skeleton } from '@mantine/core'

import { useWords } from '@/words/words'

/** While a page's own code loads. */
export function PageSkeleton() {
  const { t } = useWords()
  return (
    <div aria-busy="true">
      <span className="sr-only">{t('app.loading')}</span>
      <Skeleton height={32} width={240} mb={28} />
      <Skeleton height={220} radius={14} />
    </div>
  )
}
