import { Button } from '@mantine/core'

import { FormFault } from '@/parts/forms/FormFault'
import { useProblems } from '@/parts/forms/useProblems'
import { useWords } from '@/words/words'


interface Props {
  readonly pages: {
    readonly hasNextPage: boolean
    readonly isFetchingNextPage: boolean
    readonly isFetchNextPageError: boolean
    readonly error: Error | null
    readonly fetchNextPage: () => Promise<unknown>
  }
}

/** Below a list that comes page by page. An error stands beside the button, which tries again. */
export function LoadMore({ pages }: Props) {
  const { t } = useWords()
  const problems = useProblems('admin')
  if (!pages.hasNextPage) return null
  return (
    <div style={{ marginBlockStart: 16 }}>
      <FormFault text={pages.isFetchNextPageError ? problems.text(pages.error) : undefined} />
      <Button variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
        {t('admin.more')}
      </Button>
    </div>
  )
}
