import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { CardSkeleton } from '@/parts/cards/CardSkeleton'
import { ErrorPanel } from '@/parts/cards/ErrorPanel'

interface Props<Answer> {
  /** What is being loaded. */
  readonly title: string
  readonly query: UseQueryResult<Answer>
  readonly height: number
  readonly children: (answer: Answer) => ReactNode
}

/** A part of a card with an answer of its own: it loads and fails apart from the rest of the card. */
export function Loaded<Answer>({ title, query, height, children }: Props<Answer>) {
  if (query.data !== undefined) return children(query.data)
  if (query.error !== null) return <ErrorPanel error={query.error} retry={() => void query.refetch()} />
  return <CardSkeleton title={title} height={height} />
}
