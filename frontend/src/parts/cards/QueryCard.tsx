import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { Card, type Span } from './Card'
import { CardSkeleton } from './CardSkeleton'
import { ErrorPanel } from './ErrorPanel'

/** What the card needs of a query: of one answer, or of pages put together. */
export type Arriving<Answer> = Pick<UseQueryResult<Answer>, 'data' | 'error' | 'isPending'> & {
  readonly refetch: () => Promise<unknown>
}

interface Props<Answer> {
  readonly title: string
  readonly query: Arriving<Answer>
  readonly children: (answer: Answer) => ReactNode
  readonly isEmpty?: (answer: Answer) => boolean
  /** What to show while there is nothing: an `EmptyPanel`. */
  readonly empty?: ReactNode
  /** What is missing when the answer does not come. */
  readonly errorText?: string
  /** Room kept while loading: a height in pixels, or lines. */
  readonly height?: number
  readonly lines?: number
  readonly aside?: ReactNode
  readonly span?: Span
}

/** A card around one answer: skeleton on the first load, then error, nothing yet, or content. Later reads keep it. */
export function QueryCard<Answer>(props: Props<Answer>) {
  const { title, query, aside, span } = props
  const frame = { title, ...(aside !== undefined && { aside }), ...(span !== undefined && { span }) }
  return (
    <Card {...frame} isBusy={query.isPending}>
      <Content {...props} />
    </Card>
  )
}

function Content<Answer>({ title, query, children, isEmpty, empty, errorText, height, lines }: Props<Answer>) {
  if (query.data !== undefined) return isEmpty?.(query.data) === true ? empty : children(query.data)
  if (query.error !== null) {
    const text = errorText === undefined ? {} : { text: errorText }
    return <ErrorPanel error={query.error} retry={() => void query.refetch()} {...text} />
  }
  return (
    <CardSkeleton
      title={title}
      {...(height !== undefined && { height })}
      {...(lines !== undefined && { lines })}
    />
  )
}
