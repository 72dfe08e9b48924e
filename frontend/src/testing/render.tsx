// Pages in tests as readers have them: signed in, with words, theme and router, and answers of the service.
import { render } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import type { HttpHandler } from 'msw'
import type { ReactNode } from 'react'
import { createMemoryRouter, RouterProvider } from 'react-router'

import { newQueryClient } from '@/api/queries'
import { setToken } from '@/api/token'
import { Providers } from '@/app/Providers'
import { SessionGate } from '@/app/session'
import de from '@/words/de'
import laterDe from '@/words/de/later'
import en from '@/words/en'
import laterEn from '@/words/en/later'
import { flat, type Language } from '@/words/words'

import { server } from './server'

const CATALOGUES = { en: flat({ ...en, ...laterEn }), de: flat({ ...de, ...laterDe }) } as const

/** A token as the service makes them, unsigned. */
export function tokenFor(learnerId: string, role: 'learner' | 'admin' = 'learner'): string {
  return ['{}', JSON.stringify({ sub: learnerId, roles: [role] }), ''].map((part) => btoa(part)).join('.')
}

interface Options {
  readonly handlers?: readonly HttpHandler[]
  readonly language?: Language
  readonly route?: string
  readonly role?: 'learner' | 'admin'
}

/** Renders a page at a route. What it reads and does not find in `handlers` fails the test. */
export function renderPage(ui: ReactNode, options: Options = {}) {
  const { handlers = [], language = 'en', route = '/', role = 'learner' } = options
  server.use(...handlers)
  setToken(tokenFor('ada', role))
  const queries = newQueryClient()
  queries.setDefaultOptions({ queries: { ...queries.getDefaultOptions().queries, retryDelay: 1 } })
  const router = createMemoryRouter([{ path: '*', element: <SessionGate>{ui}</SessionGate> }], { initialEntries: [route] })
  const view = render(
    <Providers queries={queries} language={language} sentences={CATALOGUES[language]} env="test">
      <RouterProvider router={router} />
    </Providers>,
  )
  return { ...view, user: userEvent.setup(), queries, router }
}

/** Renders a part, which reads nothing. */
export function renderPart(ui: ReactNode, language: Language = 'en') {
  return renderPage(ui, { language })
}
