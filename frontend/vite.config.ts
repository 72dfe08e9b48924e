// How the pages are built. The nonce and the settings are placeholders: the service fills them in for each request.
import { fileURLToPath } from 'node:url'

import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

import { parsedWords } from './scripts/parsed-words.mjs'

const SERVICE = process.env['MILEPOST_SERVICE'] ?? 'http://127.0.0.1:8000'

export default defineConfig({
  base: '/',
  plugins: [parsedWords(), react()],
  html: { cspNonce: '__CSP_NONCE__' },
  resolve: {
    alias: [
      { find: '@', replacement: fileURLToPath(new URL('./src', import.meta.url)) },
      // What the plugin above makes unnecessary.
      { find: /^@formatjs\/icu-messageformat-parser$/, replacement: '@formatjs/icu-messageformat-parser/no-parser.js' },
    ],
  },
  build: {
    target: 'es2022',
    // A data: address would need a wider content policy than a file.
    assetsInlineLimit: 0,
    manifest: true,
  },
  server: {
    proxy: {
      '/api': SERVICE,
      '/sign-in/demo': SERVICE,
      '/sign-in/code': { target: SERVICE },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts'],
    setupFiles: ['src/testing/setup.ts'],
    css: false,
    restoreMocks: true,
    testTimeout: 15_000,
  },
})
