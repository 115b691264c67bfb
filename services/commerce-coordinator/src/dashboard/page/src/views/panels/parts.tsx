/** The parts of a panel, drawn. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Empty } from '../../parts/empty.tsx';
import { Moment } from '../../parts/moment.tsx';
import { spanText } from '../../parts/moment-text.ts';
import { Series } from '../../parts/series.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import type { Part, Scalar } from './shape.ts';

const TONES = ['accent', 'good', 'warn', 'held'] as const;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

export function PanelPart({ part }: { readonly part: Part }): ReactNode {
  const heading = part.title !== undefined && part.title !== '' && part.kind !== 'series' && <h3>{part.title}</h3>;
  if (part.kind === 'figures') return <section>{heading}<dl className="figures">{part.values.map(({ key, name, value }) => <div className="figure" key={key}><dt>{name}</dt><dd className={typeof value === 'string' && value.length > 14 ? 'small' : ''}><Value name={key} value={value} /></dd></div>)}</dl></section>;
  if (part.kind === 'series') return <section className="card"><Series label={part.title} unit="" times={part.times} lines={part.lines.map((line, index) => ({ ...line, tone: TONES[index % TONES.length] ?? 'accent' }))} /></section>;
  if (part.rows.length === 0) return <section>{heading}<Empty title="Nothing here">This list has no entries now.</Empty></section>;
  return <section>{heading}<Table label={part.title || 'Entries'} rows={part.rows.map((row, index) => ({ index, row }))} rowKey={({ index }) => String(index)} columns={columnsOf(part)} /></section>;
}

interface Row {
  readonly index: number;
  readonly row: Readonly<Record<string, Scalar>>;
}

function columnsOf({ columns }: Extract<Part, { kind: 'table' }>): Column<Row>[] {
  const cellOf = (key: string) => ({ row }: Row): ReactNode => <span title={typeof row[key] === 'string' ? row[key] : undefined}><Value name={key} value={row[key] ?? null} /></span>;
  return columns.map(({ key, name, isNumber }, index) => ({ name, isNumber, isExtra: index > 2, width: isNumber ? 'minmax(5rem, 1fr)' : 'minmax(8rem, 2fr)', cell: cellOf(key) }));
}

/** Times, spans and ids are told by the name of the member and the form of the value. */
function Value({ name, value }: { readonly name: string; readonly value: Scalar }): ReactNode {
  if (value === null || value === '') return <span className="soft">–</span>;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return name.endsWith('Ms') ? spanText(value) : name.endsWith('Seconds') ? spanText(value * 1_000) : value.toLocaleString(undefined, { maximumFractionDigits: 3 });
  if (TIME.test(value) && !Number.isNaN(Date.parse(value))) return <Moment at={value} />;
  if (name === 'orderId') return <Link href={`/orders/${encodeURIComponent(value)}`}>{value}</Link>;
  if (name === 'eventId') return <Link href={`/events/${encodeURIComponent(value)}`}>{value}</Link>;
  if (name === 'status' || name === 'state') return <Status word={value} />;
  return value;
}
