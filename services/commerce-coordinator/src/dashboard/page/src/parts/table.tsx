/**
 * A long list of which only what is seen is drawn. Rows have one height; the list is as high as it needs to be, up to the window.
 * Reads as a table by ear: rows say which of how many they are.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useEffectEvent, useRef } from 'react';
import type { ReactNode } from 'react';

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  /** As in a grid's template: `8rem`, `minmax(10rem, 2fr)`. */
  readonly width: string;
  /** On narrow screens; `width` without its least part of the free room when left out. */
  readonly narrow?: string;
  /** Left out on narrow screens. */
  readonly isExtra?: boolean;
  readonly isNumber?: boolean;
  /** Its name is for who reads by ear. */
  readonly isNameHidden?: boolean;
}

export interface TableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** Called when its end comes near and there is more. */
  readonly onMore?: (() => void) | undefined;
  readonly hasMore?: boolean;
  readonly rowHeightPx?: number;
  /** A row that is chosen or new stands out. */
  readonly rowClass?: (row: Row) => string;
}

const NEAR = 20;

export function Table<Row>({ label, columns, rows, rowKey, onMore, hasMore = false, rowHeightPx = 40, rowClass }: TableProps<Row>): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeightPx, overscan: 12, getItemKey: (index) => rowKey(rows[index] as Row) });
  const shown = virtual.getVirtualItems();
  const lastShown = shown.at(-1)?.index ?? 0;
  const more = useEffectEvent(() => onMore?.());
  useEffect(() => {
    if (hasMore && lastShown >= rows.length - NEAR) more();
  }, [hasMore, lastShown, rows.length]);
  const wide = columns.map(({ width }) => width).join(' ');
  const narrow = columns.filter(({ isExtra }) => isExtra !== true).map(({ width, narrow: own }) => own ?? width.replace(/^minmax\([\d.]+rem, ([\d.]+fr)\)$/, 'minmax(0, $1)')).join(' ');
  const cellClass = ({ isExtra, isNumber }: Column<Row>): string => `cell${isExtra === true ? ' extra' : ''}${isNumber === true ? ' number' : ''}`;
  return (
    <div className="table" ref={(element) => { element?.style.setProperty('--wide', wide); element?.style.setProperty('--narrow', narrow); }}>
      <div role="table" aria-label={label} aria-rowcount={hasMore ? -1 : rows.length + 1}>
        <div role="rowgroup"><div role="row" className="table-head" aria-rowindex={1}>{columns.map((column) => <div key={column.name} role="columnheader" className={cellClass(column)}>{column.isNameHidden === true ? <span className="only-read">{column.name}</span> : column.name}</div>)}</div></div>
        <div className="table-scroll" ref={scroller} tabIndex={0} role="rowgroup" aria-label={`${label}, rows`}>
          <div className="table-space" style={{ height: virtual.getTotalSize() }}>
            {shown.map(({ index, key, start }) => {
              const row = rows[index] as Row;
              return (
                <div key={key} role="row" aria-rowindex={index + 2} className={`table-row ${rowClass?.(row) ?? ''}`} style={{ height: rowHeightPx, transform: `translateY(${start}px)` }}>
                  {columns.map((column) => <div key={column.name} role="cell" className={cellClass(column)}>{column.cell(row)}</div>)}
                </div>
              );
            })}
          </div>
        </div>
      </div>
      {hasMore && <p className="soft table-more" role="status">More is loaded as you scroll.</p>}
    </div>
  );
}
