import '@testing-library/jest-dom/vitest'

import { notifications } from '@mantine/notifications'
import { cleanup, configure } from '@testing-library/react'
import { afterAll, afterEach, beforeAll } from 'vitest'

import { setToken } from '@/api/token'

import { loadLater } from '@/words/words'

import { server } from './server'

// A second is too short for a first page on a machine that is busy.
configure({ asyncUtilTimeout: 5000 })

beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => {
  cleanup()
  server.resetHandlers()
  // Toasts of one test would keep those of the next waiting.
  notifications.clean()
  notifications.cleanQueue()
  localStorage.clear()
  setToken(null)
})
afterAll(() => server.close())

// As on every page that is not Home: changing the language brings the words of all pages.
beforeAll(loadLater)
