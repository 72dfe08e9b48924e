// The only module with chart code; loaded when a page has a chart.
import {
  ArcElement, BarElement, CategoryScale, Chart as ChartJs, Filler, LinearScale, LineElement, PointElement, Tooltip,
  type ChartOptions,
} from 'chart.js'
import { Bar, Doughnut, Line } from 'react-chartjs-2'

import type { ChartContent, DoughnutChart, SeriesChart } from './types'

ChartJs.register(ArcElement, BarElement, CategoryScale, Filler, LinearScale, LineElement, PointElement, Tooltip)

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}

function isStill(): boolean {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches
}

const tick = () => ({ color: colour('ink2'), font: { family: "'Figtree Variable', system-ui", size: 12 } })

function tooltipOf(chart: SeriesChart) {
  return {
    callbacks: {
      label: ({ dataset, parsed }: { dataset: { label?: string | undefined }; parsed: { y: number | null } }) =>
        `${dataset.label ?? ''}: ${chart.valueText(parsed.y ?? 0)}`,
    },
  }
}

function axes() {
  return {
    x: { grid: { display: false }, border: { display: false }, ticks: { ...tick(), maxRotation: 0, maxTicksLimit: 7 } },
    y: {
      beginAtZero: true,
      border: { display: false },
      grid: { color: colour('border') },
      ticks: { ...tick(), maxTicksLimit: 7, precision: 0 },
    },
  }
}

const FRAME = () => ({
  responsive: true,
  maintainAspectRatio: false,
  animation: isStill() ? (false as const) : { duration: 300 },
})
const AT_INDEX = { mode: 'index', intersect: false } as const

function datasetsOf(chart: SeriesChart) {
  const tones = chart.series.map((one, index) => colour(`chart-${one.colour ?? (index % 6) + 1}`))
  const goal = chart.goal
  const line = goal === undefined ? [] : [{ ...goal, values: chart.labels.map(() => goal.value) }]
  return { tones, line }
}

function LineCanvas({ chart }: { readonly chart: SeriesChart }) {
  const { tones, line } = datasetsOf(chart)
  const drawn = chart.series.map((one, index) => ({
    label: one.label,
    data: [...one.values],
    borderColor: tones[index] ?? '',
    backgroundColor: `color-mix(in srgb, ${tones[index] ?? ''} 12%, transparent)`,
    fill: one.fillsToNext === true ? '+1' : index === 0 && chart.series.length <= 2,
    borderDash: one.isDashed === true ? [6, 4] : [],
    borderWidth: 2,
    cubicInterpolationMode: 'monotone' as const,
    pointRadius: 0,
    pointHoverRadius: 4,
  }))
  const goals = line.map(({ label, values }) => ({
    label, data: values, borderColor: colour('ink2'), borderDash: [2, 3], borderWidth: 1.5, pointRadius: 0, fill: false,
  }))
  const options: ChartOptions<'line'> = { ...FRAME(), interaction: AT_INDEX, scales: axes(), plugins: { tooltip: tooltipOf(chart) } }
  return <Line aria-hidden data={{ labels: [...chart.labels], datasets: [...drawn, ...goals] }} options={options} />
}

function BarCanvas({ chart }: { readonly chart: SeriesChart }) {
  const { tones } = datasetsOf(chart)
  const datasets = chart.series.map((one, index) => ({
    label: one.label, data: [...one.values], backgroundColor: tones[index] ?? '', borderRadius: 3, maxBarThickness: 24,
  }))
  const options: ChartOptions<'bar'> = { ...FRAME(), interaction: AT_INDEX, scales: axes(), plugins: { tooltip: tooltipOf(chart) } }
  return <Bar aria-hidden data={{ labels: [...chart.labels], datasets }} options={options} />
}

function DoughnutCanvas({ slices }: DoughnutChart) {
  const dataset = {
    data: slices.map(({ value }) => value),
    backgroundColor: slices.map((slice) => colour(`chart-${slice.colour}`)),
    borderColor: colour('surface'),
    borderWidth: 3,
  }
  const label = ({ dataIndex }: { dataIndex: number }) =>
    `${slices[dataIndex]?.label ?? ''}: ${slices[dataIndex]?.text ?? ''}`
  const plugins = { tooltip: { callbacks: { label } } }
  const options: ChartOptions<'doughnut'> = { ...FRAME(), cutout: '68%', plugins }
  return <Doughnut aria-hidden data={{ labels: slices.map((slice) => slice.label), datasets: [dataset] }} options={options} />
}

export default function ChartCanvas({ chart }: { readonly chart: ChartContent }) {
  // The frame is the image and has the name; the canvas inside would be one more without.
  if (chart.kind === 'doughnut') return <DoughnutCanvas {...chart} />
  return chart.kind === 'line' ? <LineCanvas chart={chart} /> : <BarCanvas chart={chart} />
}
