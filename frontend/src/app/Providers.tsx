import { MantineProvider } from '@mantine/core'
import { QueryClientProvider, type QueryClient } from '@tanstack/react-query'
import { lazy, Suspense, type ReactNode } from 'react'

import { cssVariablesResolver, theme } from '@/theme/theme'
import { type Sentences, WordsProvider, type Language } from '@/words/words'

import { nonce } from './config'

const Toasts = lazy(() => import('./Toasts'))

interface Props {
  readonly queries: QueryClient
  readonly language: Language
  readonly sentences: Sentences
  /** Tests have no transitions to wait for. */
  readonly env?: 'default' | 'test'
  readonly children: ReactNode
}

export function Providers({ queries, language, sentences, env = 'default', children }: Props) {
  return (
    <QueryClientProvider client={queries}>
      <WordsProvider language={language} sentences={sentences}>
        <MantineProvider
          theme={theme}
          cssVariablesResolver={cssVariablesResolver}
          defaultColorScheme="auto"
          getStyleNonce={nonce}
          env={env}
        >
          <Suspense>
            <Toasts />
          </Suspense>
          {children}
        </MantineProvider>
      </WordsProvider>
    </QueryClientProvider>
  )
}
