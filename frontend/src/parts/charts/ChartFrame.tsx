// Around every chart: its key drawn as it looks, its finding in a sentence, a fixed height and its numbers as a table.
import { Button, Skeleton, useComputedColorScheme } from '@mantine/core'
import { lazy, Suspense, useState, type ReactNode } from 'react'

import { useWords } from '@/words/words'

import styles from './chart.module.css'
import type { ChartContent, DoughnutChart, Series, SeriesChart, Slice } from './types'

const ChartCanvas = lazy(() => import('./ChartCanvas'))

interface FrameProps {
  readonly title: string
  /** The range in words. */
  readonly range: string
  /** What the chart shows, in one sentence made of the numbers. */
  readonly finding: string
  readonly height?: number
}

interface CanvasProps extends FrameProps {
  readonly chart: ChartContent
  readonly children?: ReactNode
}

function Canvas({ chart, range, finding, height = 240, children }: CanvasProps) {
  const { t } = useWords()
  // Colours are read once when a chart is made, so another scheme makes another chart.
  const scheme = useComputedColorScheme('light')
  const name = t('parts.chart.name', { type: t(`parts.chart.${chart.kind}`), range, finding })
  return (
    <div className={styles['box']} style={{ '--height': `${height}px` }}>
      <Suspense fallback={<Skeleton height={height} />}>
        <div className={styles['canvas']} role="img" aria-label={name}>
          <ChartCanvas key={scheme} chart={chart} />
        </div>
      </Suspense>
      {children}
    </div>
  )
}

function Key({ chart }: { readonly chart: SeriesChart }) {
  return (
    <ul className={styles['key']}>
      {chart.series.map((one, index) => (
        <li key={one.key}>
          <span className={styles['sample']} data-kind={chart.kind} data-dashed={one.isDashed} style={{ '--tone': `var(--chart-${one.colour ?? (index % 6) + 1})` }} />
          {one.label}
        </li>
      ))}
      {chart.goal !== undefined && (
        <li>
          <span className={styles['sample']} data-kind="line" data-dashed style={{ '--tone': 'var(--ink2)' }} />
          {chart.goal.label}
        </li>
      )}
    </ul>
  )
}

function ValueTable({ title, chart }: { readonly title: string; readonly chart: SeriesChart }) {
  const { t } = useWords()
  const text = (series: Series, place: number) => {
    const value = series.values[place]
    return value === null || value === undefined ? '–' : chart.valueText(value)
  }
  return (
    <div className={styles['table']} role="region" aria-label={t('parts.chart.table', { title })} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{chart.labelName ?? t('parts.chart.label')}</th>
            {chart.series.map(({ key, label }) => (
              <th key={key} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {chart.labels.map((label, place) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              {chart.series.map((one) => (
                <td key={one.key}>{text(one, place)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function SeriesFrame(props: FrameProps & { readonly chart: SeriesChart }) {
  const { title, finding, chart } = props
  const { t } = useWords()
  const [isTable, setTable] = useState(false)
  return (
    <div className={styles['frame']}>
      <div className={styles['head']}>
        <Key chart={chart} />
        <Button variant="subtle" size="compact-sm" aria-expanded={isTable} onClick={() => setTable(!isTable)}>
          {t(isTable ? 'parts.hideTable' : 'parts.showTable')}
        </Button>
      </div>
      <p className="note">{finding}</p>
      {isTable ? <ValueTable title={title} chart={chart} /> : <Canvas {...props} />}
    </div>
  )
}

type SeriesProps = FrameProps & Omit<SeriesChart, 'kind'>

/** Values over time, from zero. */
export function LineChart({ labels, labelName, series, valueText, goal, ...frame }: SeriesProps) {
  const named = labelName === undefined ? {} : { labelName }
  return <SeriesFrame {...frame} chart={{ kind: 'line', labels, series, valueText, ...named, ...(goal && { goal }) }} />
}

/** Counts. */
export function BarChart({ labels, labelName, series, valueText, ...frame }: Omit<SeriesProps, 'goal'>) {
  const named = labelName === undefined ? {} : { labelName }
  return <SeriesFrame {...frame} chart={{ kind: 'bar', labels, series, valueText, ...named }} />
}

interface DoughnutProps extends FrameProps {
  readonly slices: DoughnutChart['slices']
  /** Inside the ring: the total and what it is. */
  readonly total: string
  readonly totalNote: string
}

/** Shares of a whole, with the total inside and the table always open. */
export function DoughnutChart({ slices, total, totalNote, ...frame }: DoughnutProps) {
  return (
    <div className={styles['frame']}>
      <Canvas {...frame} chart={{ kind: 'doughnut', slices }}>
        <div className={styles['total']}>
          <strong>{total}</strong>
          <span className="note">{totalNote}</span>
        </div>
      </Canvas>
      <table className={styles['slices']} aria-label={frame.title}>
        <tbody>
          {slices.map((slice) => (
            <SliceRow key={slice.key} slice={slice} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function SliceRow({ slice }: { readonly slice: Slice }) {
  return (
    <tr>
      <th scope="row">
        <span className={styles['sample']} data-kind="bar" style={{ '--tone': `var(--chart-${slice.colour})` }} />
        {slice.label}
      </th>
      <td>{slice.text}</td>
      <td>{slice.shareText}</td>
    </tr>
  )
}
