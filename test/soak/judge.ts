/**
 * Whether what a system keeps is flat: the last third of a run against the second one. The first third is not judged: pools fill, code is
 * compiled, PostgreSQL learns how often to clean.
 */

/** What one process keeps at a moment, after its garbage was collected. */
export interface ProcessSample {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly name: string;
  /** Heap, external memory and array buffers. */
  readonly heapMb: number;
  readonly residentMb: number;
  readonly timers: number;
  readonly sockets: number;
}

/** What one table keeps at a moment. */
export interface TableSample {
  readonly atMs: number;
  /** `cc.orders`; partitions count as their parent. */
  readonly name: string;
  readonly rows: number;
  readonly tableBytes: number;
  readonly indexBytes: number;
}

export interface Verdict {
  readonly name: string;
  /** `heap MB`, `sockets`, `table bytes a row`, … */
  readonly what: string;
  /** Median of the second third, and of the last. */
  readonly before: number;
  readonly after: number;
  /** What it may be in the last third. */
  readonly most: number;
  readonly isFlat: boolean;
}

const MB = 1_048_576;
/** Tables that keep a row, or more, of each order for as long as orders are kept: they are judged by bytes a row. All others must stay as large as they were. */
const KEEPS_ORDERS: ReadonlySet<string> = new Set([
  ...['analytics_batches', 'analytics_subjects', 'analytics_windows', 'events', 'fulfillment_requests', 'inventory_reservations', 'ledger', 'notifications', 'orders', 'payments', 'payment_webhooks', 'seals', 'service_calls', 'shipments'].map((table) => `cc.${table}`),
  ...['webhook_attempts', 'webhook_deliveries', 'webhook_messages', 'webhook_minutes', 'webhook_orders'].map((table) => `cc.${table}`),
  ...['events', 'fulfillments', 'ledger', 'order_claims', 'provider_ledger', 'seals'].map((table) => `of.${table}`),
]);

/** Stand-ins that keep their books in memory, as whom they stand for keeps them in a database. They may grow with each order, and by no more than before. */
const KEEPS_BOOKS: ReadonlySet<string> = new Set(['payments']);
/** What an order may take in such books more than before. */
const BOOKS_BYTES = 64;
/** A table or an index of few rows grows by a whole page of 8 KB at once. */
const PAGES_BYTES = 4 * 8_192;

/** One verdict for each process and thing that it keeps; a process that did not live through the last two thirds is left out. */
export function judgeProcesses(samples: readonly ProcessSample[], tables: readonly TableSample[] = []): Verdict[] {
  const orders = tables.filter(({ name }) => name === 'cc.orders');
  return perName(samples).flatMap(({ name, second, last }) => {
    const verdict = (what: string, of: (sample: ProcessSample) => number, most: (before: number) => number): Verdict => judged(name, what, second.map(of), last.map(of), most);
    return [
      KEEPS_BOOKS.has(name)
        ? judged(name, 'heap, bytes an order', [bytesAnOrder(second, orders)], [bytesAnOrder(last, orders)], (before) => before * 1.15 + BOOKS_BYTES)
        : verdict('heap MB', ({ heapMb }) => heapMb, (before) => before * 1.1 + 4),
      verdict('resident MB', ({ residentMb }) => residentMb, (before) => before * 1.15 + 16),
      verdict('timers', ({ timers }) => timers, (before) => before * 1.1 + 8),
      verdict('sockets', ({ sockets }) => sockets, (before) => before * 1.1 + 8),
    ];
  });
}

/** By which its heap has grown for each order that came meanwhile; infinite when it has grown and none came. */
function bytesAnOrder(samples: readonly ProcessSample[], orders: readonly TableSample[]): number {
  const [first, last] = [samples[0], samples.at(-1)] as [ProcessSample, ProcessSample];
  const grown = (last.heapMb - first.heapMb) * MB;
  return grown <= 0 ? 0 : grown / (rowsAt(orders, last.atMs) - rowsAt(orders, first.atMs));
}

/** Between the looks before and after. */
function rowsAt(samples: readonly TableSample[], atMs: number): number {
  const next = samples.findIndex((sample) => sample.atMs >= atMs);
  const [before, after] = [samples[next < 0 ? samples.length - 1 : Math.max(0, next - 1)], samples[next < 0 ? samples.length - 1 : next]];
  if (before === undefined || after === undefined) return 0;
  return after.atMs === before.atMs ? after.rows : before.rows + ((after.rows - before.rows) * (atMs - before.atMs)) / (after.atMs - before.atMs);
}

/** For each table its bytes and those of its indexes: of a row where it keeps orders, and altogether, with the number of its rows, where it does not. */
export function judgeTables(samples: readonly TableSample[]): Verdict[] {
  return perName(samples).flatMap(({ name, second, last }) => {
    const isKept = KEEPS_ORDERS.has(name) && second.every(({ rows }) => rows > 0) && last.every(({ rows }) => rows > 0);
    const rows = isKept ? [] : [judged(name, 'rows', second.map((sample) => sample.rows), last.map((sample) => sample.rows), (before) => before * 1.25 + 1_000)];
    return rows.concat((['tableBytes', 'indexBytes'] as const).map((key) => {
      const what = key === 'tableBytes' ? 'table' : 'indexes';
      return isKept
        ? judged(name, `${what}, bytes a row`, second.map((sample) => sample[key] / sample.rows), last.map((sample) => sample[key] / sample.rows), (before) => before * 1.15 + PAGES_BYTES / middle(last.map((sample) => sample.rows)))
        : judged(name, `${what}, MB`, second.map((sample) => sample[key] / MB), last.map((sample) => sample[key] / MB), (before) => before * 1.25 + 1);
    }));
  });
}

/** Those of these processes of which there is no verdict. */
export function missingIn(verdicts: readonly Verdict[], processes: readonly string[]): string[] {
  return processes.filter((process) => !verdicts.some(({ name }) => name === process));
}

/** Small tables that are flat say nothing. */
export function isTold({ what, after, isFlat }: Verdict): boolean {
  return !isFlat || what.startsWith('heap') || what === 'resident MB' || (what === 'rows' ? after >= 1_000 : after >= 1);
}

function judged(name: string, what: string, second: readonly number[], last: readonly number[], mostOf: (before: number) => number): Verdict {
  const [before, after] = [middle(second), middle(last)];
  const most = mostOf(before);
  return { name, what, before, after, most, isFlat: after <= most };
}

function perName<Sample extends { readonly atMs: number; readonly name: string }>(samples: readonly Sample[]): { name: string; second: Sample[]; last: Sample[] }[] {
  const times = samples.map(({ atMs }) => atMs);
  const [from, to] = [times.reduce((least, at) => Math.min(least, at), Infinity), times.reduce((most, at) => Math.max(most, at), -Infinity)];
  const third = (to - from) / 3;
  const names = [...new Set(samples.map(({ name }) => name))].toSorted();
  return names.flatMap((name) => {
    const own = samples.filter((sample) => sample.name === name);
    const second = own.filter(({ atMs }) => atMs >= from + third && atMs < from + 2 * third);
    const last = own.filter(({ atMs }) => atMs >= from + 2 * third);
    return second.length === 0 || last.length === 0 ? [] : [{ name, second, last }];
  });
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
