import '@fontsource-variable/figtree/index.css'
import './theme/mantine.css'
import './theme/base.css'

import { setNonce } from 'get-nonce'
import { createRoot } from 'react-dom/client'
import { createBrowserRouter, RouterProvider } from 'react-router'

import { newQueryClient } from '@/api/queries'

import { nonce } from './app/config'
import { Providers } from './app/Providers'
import { routes } from './app/routes'
import { loadSentences, preferredLanguage } from './words/words'

// The scroll lock of dialogs writes its style by get-nonce, not by what the provider is told.
setNonce(nonce())

const language = preferredLanguage()
const sentences = await loadSentences(language)
const root = document.getElementById('root')
if (root === null) throw new Error('The page has no root.')
createRoot(root).render(
  <Providers queries={newQueryClient()} language={language} sentences={sentences}>
    <RouterProvider router={createBrowserRouter(routes)} />
  </Providers>,
)
