// How the elements look: colours of the dashboard, each of which a site may replace by a custom property.
import { dark, light, type Token } from '@/theme/tokens'

const OPEN = {
  surface: 'surface',
  ink: 'ink',
  'ink-soft': 'ink2',
  border: 'border',
  track: 'track',
  accent: 'earned-text',
  danger: 'danger',
} as const satisfies Readonly<Record<string, Token>>

/** `light-dark()` follows the `color-scheme` of the page around the element. */
const colours = Object.entries(OPEN)
  .map(([name, token]) => `--_${name}: var(--milepost-${name}, light-dark(${light[token]}, ${dark[token]}));`)
  .join(' ')

const COMMON = `
:host { ${colours} display: block; font: 0.875rem/1.45 var(--milepost-font, system-ui, sans-serif); color: var(--_ink); text-align: start; }
:host([hidden]) { display: none; }
* { box-sizing: border-box; margin: 0; }
.card { padding: 16px; border: 1px solid var(--_border); border-radius: var(--milepost-radius, 14px); background: var(--_surface); overflow-wrap: anywhere; }
.soft { color: var(--_ink-soft); font-size: 0.8125rem; }
button { min-block-size: 32px; min-inline-size: 32px; padding: 4px 12px; border: 1px solid currentcolor; border-radius: 8px; background: transparent; color: var(--_accent); font: inherit; cursor: pointer; }
:focus-visible { outline: 2px solid var(--_accent); outline-offset: 2px; }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`

export const FIGURES = `${COMMON}
.card { position: relative; min-block-size: 187px; container-type: inline-size; }
h2 { font-size: 1rem; line-height: 1.3; }
dl { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px; padding: 0; margin-block-start: 12px; }
@container (min-width: 520px) { dl { grid-template-columns: repeat(5, minmax(0, 1fr)); } }
dd { font-size: 1.25rem; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.3; }
.bar { block-size: 14px; margin-block-start: 14px; border-radius: 7px; background: var(--_track); }
.bar + .bar { inline-size: 70%; }
.said { margin-block: 12px; }
.failed { color: var(--_danger); }
`

export const NOTICES = `${COMMON}
:host { position: fixed; z-index: var(--milepost-layer, 1000); inset-block-end: 8px; inset-inline-end: 8px; inline-size: min(376px, calc(100vw - 16px)); max-block-size: calc(100vh - 16px); padding: 8px; overflow: auto; pointer-events: none; }
[role='status'] { display: grid; gap: 8px; }
.card { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 4px 12px; pointer-events: auto; border-inline-start: 5px solid var(--_accent); box-shadow: 0 2px 8px rgb(0 0 0 / 18%); }
.card > div { grid-column: 1; }
button { grid-column: 2; grid-row: 1; align-self: start; padding: 0; border-color: transparent; font-size: 1.25rem; line-height: 1; }
h2 { font-size: 1rem; line-height: 1.3; }
@media (prefers-reduced-motion: no-preference) {
  .card { animation: come 200ms ease-out; }
  @keyframes come { from { opacity: 0; } }
}
`

/** A sheet by script: a site whose content policy forbids style elements takes it too. */
export function sheetOf(text: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(text)
  return sheet
}
