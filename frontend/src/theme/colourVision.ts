// How different two colours look, also to people who see fewer of them. For tests of the palette.

type Triple = readonly [number, number, number]
export type Sight = 'normal' | 'protan' | 'deutan' | 'tritan'

/** Linear light as it appears without one kind of cone (Machado, Oliveira, Fernandes 2009, severity 1). */
const SEEN: Readonly<Record<Sight, readonly [Triple, Triple, Triple]>> = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
const TO_CONES: readonly [Triple, Triple, Triple] = [
  [0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005],
]
const TO_LAB: readonly [Triple, Triple, Triple] = [
  [0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766],
]

function times(matrix: readonly [Triple, Triple, Triple], [a, b, c]: Triple): Triple {
  const row = ([x, y, z]: Triple) => x * a + y * b + z * c
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])]
}

function linear(hex: string): Triple {
  const at = (start: number) => {
    const share = Number.parseInt(hex.slice(start, start + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }
  return [at(1), at(3), at(5)]
}

/** A colour `#rrggbb` in OKLab (Ottosson 2020) as somebody with this sight sees it. */
function seen(hex: string, sight: Sight): Triple {
  const [red, green, blue] = times(SEEN[sight], linear(hex))
  const inside = (value: number) => Math.min(Math.max(value, 0), 1)
  const [long, medium, short] = times(TO_CONES, [inside(red), inside(green), inside(blue)])
  return times(TO_LAB, [Math.cbrt(long), Math.cbrt(medium), Math.cbrt(short)])
}

/** The distance in OKLab, times 100: 0 is the same colour, black and white are 100 apart. */
export function distance(one: string, other: string, sight: Sight): number {
  const [a, b] = [seen(one, sight), seen(other, sight)]
  return 100 * Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
}
