// What charts are made of, without chart code: pages describe a chart, the canvas loads later.

/** A colour token: `chart-1` to `chart-6`. */
export type ChartColour = 1 | 2 | 3 | 4 | 5 | 6

export interface Series {
  readonly key: string
  readonly label: string
  /** One for each label; null leaves a gap. */
  readonly values: readonly (number | null)[]
  readonly colour?: ChartColour
  readonly isDashed?: boolean
  /** The room between this line and the next one is filled: a band. */
  readonly fillsToNext?: boolean
}

export interface SeriesChart {
  readonly kind: 'line' | 'bar'
  readonly labels: readonly string[]
  /** What the labels are, for the table: "Day". */
  readonly labelName?: string
  readonly series: readonly Series[]
  /** A value in words, for tooltips and the table. */
  readonly valueText: (value: number) => string
  /** A level line across: what the goal asks for. */
  readonly goal?: { readonly label: string; readonly value: number }
}

export interface Slice {
  readonly key: string
  readonly label: string
  readonly value: number
  /** The value and its share in words, from the answer. */
  readonly text: string
  readonly shareText: string
  readonly colour: ChartColour
}

export interface DoughnutChart {
  readonly kind: 'doughnut'
  readonly slices: readonly Slice[]
}

export type ChartContent = SeriesChart | DoughnutChart
