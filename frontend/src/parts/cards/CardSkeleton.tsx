import { Skeleton } from '@mantine/core'

import { useWords } from '@/words/words'

interface Props {
  /** What is being loaded. */
  readonly title: string
  /** Height of the content that will stand here, in pixels. */
  readonly height?: number
  readonly lines?: number
}

/** The room of a card's content before it is there: of the final size, so that nothing jumps. */
export function CardSkeleton({ title, height, lines = 3 }: Props) {
  const { t } = useWords()
  return (
    <div>
      <span className="sr-only">{t('parts.loading', { title })}</span>
      {height === undefined ? (
        Array.from({ length: lines }, (_, line) => <Skeleton key={line} height={20} mb={12} width={line % 3 === 2 ? '60%' : '100%'} />)
      ) : (
        <Skeleton height={height} />
      )}
    </div>
  )
}
