// What the six colours of categories look like. The service names them only.
import type { Category } from './api/categories'

export type Colour = Category['color']

export const COLOURS = ['petrol', 'copper', 'indigo', 'plum', 'olive', 'graphite'] as const satisfies readonly Colour[]

/** The token of a category's colour; tasks without one take the colour of edges. */
export function colourOf(categories: readonly Category[], categoryId: string | null): string {
  const colour = categories.find(({ category_id }) => category_id === categoryId)?.color
  return colour === undefined ? 'var(--edge)' : swatch(colour)
}

export function swatch(colour: Colour): string {
  return `var(--chart-${COLOURS.indexOf(colour) + 1})`
}
