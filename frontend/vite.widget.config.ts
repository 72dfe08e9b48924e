// Builds one script for other sites, with a name that stays: vite build --config vite.widget.config.ts --mode quick-stats
import { fileURLToPath } from 'node:url'

import { defineConfig } from 'vite'

const ENTRIES: Readonly<Record<string, string>> = { 'quick-stats': 'quickStats', celebration: 'celebration' }

// One build a script: two in one build would share a third file.
export default defineConfig(({ mode }) => {
  const entry = ENTRIES[mode]
  if (entry === undefined) throw new Error(`No such widget: ${mode}`)
  return {
    publicDir: false,
    resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
    build: {
      target: 'es2022',
      outDir: 'dist/widget',
      emptyOutDir: false,
      modulePreload: false,
      rolldownOptions: {
        input: { [mode]: fileURLToPath(new URL(`./src/widget/${entry}.ts`, import.meta.url)) },
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: '[name].js' },
      },
    },
  }
})
