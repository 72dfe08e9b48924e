import type { ReactNode } from 'react'

import styles from './records.module.css'

export interface Column<Row> {
  readonly label: string
  readonly cell: (row: Row) => ReactNode
  /** Figures stand at the end of their column. */
  readonly isFigure?: boolean
  /** How wide beside the others; 1 unless said. */
  readonly width?: number
}

interface Props<Row> {
  /** What the rows are. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
}

/** Rows of equal things; on a phone a card each, with the names of the columns beside the values.
 *
 * Roles instead of table elements: as cards, those would lose their meaning in some browsers.
 */
export function RecordTable<Row>({ label, columns, rows, rowKey }: Props<Row>) {
  const tracks = columns.map(({ width = 1 }) => `minmax(0, ${width}fr)`).join(' ')
  return (
    <div role="table" aria-label={label} className={styles['table']} style={{ '--tracks': tracks }}>
      <div role="rowgroup" className={styles['head']}>
        <div role="row" className={styles['row']}>
          {columns.map((column) => (
            <div role="columnheader" key={column.label} data-figure={column.isFigure === true}>
              {column.label}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className={styles['body']}>
        {rows.map((row) => (
          <div role="row" key={rowKey(row)} className={styles['row']}>
            {columns.map((column) => (
              <div role="cell" key={column.label} className={styles['cell']} data-figure={column.isFigure === true}>
                <span aria-hidden className={styles['name']}>
                  {column.label}
                </span>
                <div className={styles['value']}>{column.cell(row)}</div>
              </div>
            ))}
          </div>
        ))}
      </div>
    </div>
  )
}
