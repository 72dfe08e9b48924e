// Mantine in the colours of the tokens. Its own greys are replaced: in the dark they are too weak for AA.
import {
  createTheme,
  defaultVariantColorsResolver,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from '@mantine/core'

import { cssVariables, dark, light } from './tokens'

const petrol: MantineColorsTuple = [
  '#e9f5f4', '#dceeed', '#b5dbd9', '#8cc7c5', '#63b3b1', '#349a99', '#0b6a6e', '#0a5e62', '#084c4f', '#063a3c',
]
const paper: MantineColorsTuple = [
  '#f6f5f1', '#f0eee8', '#e6e3da', '#dedbd2', '#b9b6aa', '#87857a', '#55605c', '#3c4643', '#2a3331', '#1b2422',
]
const night: MantineColorsTuple = [
  '#e8eeec', '#c9d3d0', '#a5b2ae', '#71807b', '#2d3835', '#2a3532', '#18201e', '#121918', '#101615', '#0b100f',
]

const variantColorResolver: VariantColorsResolver = (input) => {
  const colours = defaultVariantColorsResolver(input)
  const name = input.color ?? input.theme.primaryColor
  const tone = name === 'red' || name === 'danger' ? 'danger' : name === 'petrol' ? 'earned' : null
  if (tone === null) return colours
  const text = tone === 'danger' ? 'var(--danger)' : 'var(--earned-text)'
  const tint = `var(--${tone}-tint)`
  if (input.variant === 'filled') {
    const ground = `var(--${tone})`
    const hover = `color-mix(in srgb, var(--${tone}) 88%, var(--ink))`
    return { ...colours, background: ground, hover, color: `var(--on-${tone})`, border: 'none' }
  }
  if (input.variant === 'light') return { ...colours, background: tint, hover: tint, color: text }
  if (input.variant === 'subtle') return { ...colours, hover: tint, color: text }
  if (input.variant === 'outline') return { ...colours, hover: tint, color: text, border: `1px solid ${text}` }
  return colours
}

export const theme = createTheme({
  primaryColor: 'petrol',
  primaryShade: { light: 6, dark: 4 },
  colors: { petrol, gray: paper, dark: night },
  fontFamily: "'Figtree Variable', system-ui, sans-serif",
  headings: { fontFamily: "'Figtree Variable', system-ui, sans-serif" },
  defaultRadius: 8,
  cursorType: 'pointer',
  // Otherwise the first frame animates for readers who asked for none.
  respectReducedMotion: true,
  fontSizes: { xs: '0.8125rem', sm: '0.9375rem', md: '0.9375rem', lg: '1.0625rem', xl: '1.625rem' },
  variantColorResolver,
})

const shared = {
  '--mantine-color-body': 'var(--bg)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--ink2)',
  '--mantine-color-placeholder': 'var(--ink2)',
  '--mantine-color-anchor': 'var(--earned-text)',
  '--mantine-color-error': 'var(--danger)',
  '--mantine-color-default': 'var(--surface)',
  '--mantine-color-default-hover': 'var(--sunk)',
  '--mantine-color-default-color': 'var(--ink)',
  '--mantine-color-default-border': 'var(--edge)',
}

export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  // The greys that Mantine outlines inputs and boxes with, which are below 3:1.
  light: { ...cssVariables(light), ...shared, '--mantine-color-gray-4': 'var(--edge)' },
  dark: { ...cssVariables(dark), ...shared, '--mantine-color-dark-4': 'var(--edge)' },
})
