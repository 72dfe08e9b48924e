// Contrast of two colours (WCAG 2.2, relative luminance).

function channel(value: number): number {
  const share = value / 255
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
}

function luminance(hex: string): number {
  const at = (start: number) => channel(Number.parseInt(hex.slice(start, start + 2), 16))
  return 0.2126 * at(1) + 0.7152 * at(3) + 0.0722 * at(5)
}

/** From 1 (alike) to 21 (black on white). Both colours as `#rrggbb`. */
export function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}
