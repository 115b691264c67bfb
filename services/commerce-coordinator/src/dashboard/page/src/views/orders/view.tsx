/** All orders, newest first, found by what people have at hand; live. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useQueryText } from '../../address.ts';
import { api } from '../../api.ts';
import type { Schemas } from '../../api.ts';
import { useLive, useLiveRefresh } from '../../live.ts';
import { Empty } from '../../parts/empty.tsx';
import { FilterField } from '../../parts/filter-field.tsx';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useMay } from '../../session.tsx';
import { ordersQuery, PLACED, STATUSES } from './query.ts';
import type { OrdersFilter } from './query.ts';

type Order = Schemas['Order'];
interface Page {
  readonly items: readonly Order[];
  readonly nextCursor: string | null;
  readonly readAtMs: number;
}

const PAGE = 100;
/** A list with more pages is read again when somebody wants it. */
const MOST_LIVE_PAGES = 2;

const COLUMNS: readonly Column<Order>[] = [
  { name: 'Number', width: '6.5rem', narrow: '4.8rem', cell: ({ orderId, orderNumber }) => <Link href={`/orders/${orderId}`}>{orderNumber}</Link> },
  { name: 'Status', width: '9.5rem', narrow: '8.3rem', cell: ({ status, reason }) => <span title={reason?.message ?? reason?.code.replaceAll('_', ' ')}><Status word={status} /></span> },
  { name: 'Customer', width: 'minmax(7rem, 2fr)', cell: ({ customer, customerId }) => <>{customer?.name ?? customerId}{typeof customer?.name === 'string' && <span className="soft"> {customerId}</span>}</> },
  { name: 'Lines', width: '4rem', isNumber: true, isExtra: true, cell: ({ lines }) => lines.length },
  { name: 'Total', width: '8rem', isNumber: true, isExtra: true, cell: ({ total, currency }) => `${total} ${currency}` },
  { name: 'Placed', width: '12rem', isExtra: true, cell: ({ createdAt }) => <Moment at={createdAt} /> },
  { name: 'Changed', width: '7rem', isExtra: true, cell: ({ updatedAt }) => <Moment at={updatedAt} as="ago" /> },
];

export function OrdersView(): ReactNode {
  // By a name only those find orders who see it.
  const mayReadNames = useMay('users:read');
  const [search, setSearch] = useQueryText('search');
  const [status, setStatus] = useQueryText('status');
  const [placed, setPlaced] = useQueryText('placed');
  const [from, setFrom] = useQueryText('from');
  const [to, setTo] = useQueryText('to');
  const filter = { search, status, placed, from, to };
  return (
    <>
      <h1>Orders</h1>
      <form className="row" role="search" onSubmit={(event) => event.preventDefault()}>
        <FilterField label="Find" value={search} onChange={setSearch} placeholder={`Order number, order id, customer id${mayReadNames ? ' or name' : ''}`} />
        <label className="field">Status
          <select value={status} onChange={({ target }) => setStatus(target.value)}>
            <option value="">any</option>
            {STATUSES.map((one) => <option key={one} value={one}>{one.replaceAll('_', ' ')}</option>)}
          </select>
        </label>
        <label className="field">Placed
          <select value={placed} onChange={({ target }) => setPlaced(target.value)}>{PLACED.map(({ value, name }) => <option key={value} value={value}>{name}</option>)}</select>
        </label>
        {placed === 'between' && <label className="field">From<input type="datetime-local" value={from} onChange={({ target }) => setFrom(target.value)} /></label>}
        {placed === 'between' && <label className="field">To<input type="datetime-local" value={to} onChange={({ target }) => setTo(target.value)} /></label>}
      </form>
      <List key={JSON.stringify(filter)} filter={filter} />
    </>
  );
}

function List({ filter }: { readonly filter: OrdersFilter }): ReactNode {
  const queryKey = ['orders', filter];
  const [openedMs] = useState(Date.now);
  const [came, setCame] = useState(0);
  const list = useInfiniteQuery({
    queryKey, initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }): Promise<Page> => {
      const readAtMs = Date.now();
      const { data } = await api.GET('/orders', { params: { query: { ...ordersQuery(filter, openedMs), limit: PAGE, ...(pageParam !== undefined && { cursor: pageParam }) } }, signal });
      return { items: data?.items ?? [], nextCursor: data?.nextCursor ?? null, readAtMs };
    },
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  const pages = list.data?.pages ?? [];
  const items = pages.flatMap((page) => page.items);
  const isLive = pages.length <= MOST_LIVE_PAGES;
  useLiveRefresh(queryKey, ({ topic }) => isLive && topic === 'order-events');
  useLive((events) => {
    const created = events.filter(({ eventType }) => eventType === 'OrderCreated').length;
    if (!isLive && created > 0) setCame((before) => before + created);
  });
  const fault = list.error !== null && <ProblemNote problem={list.error} onRetry={() => void (list.isFetchNextPageError ? list.fetchNextPage() : list.refetch())} />;
  if (list.data === undefined) return fault || <Waiting />;
  if (items.length === 0) {
    if (fault !== false) return fault;
    const isNarrowed = Object.values(filter).some((text) => text !== '');
    return isNarrowed
      ? <Empty title="No order is like this"><Link href="/orders">Show all orders</Link></Empty>
      : <Empty title="No order was placed yet">Place one in the <Link href="/shop">storefront</Link>, by <code>POST /orders</code>, or with <kbd>t</kbd> in the terminal of <code>npx --yes pnpm@12.21.0 dev</code>.</Empty>;
  }
  const readAgain = (): void => {
    setCame(0);
    void list.refetch();
  };
  return (
    <>
      {fault}
      {!isLive && (
        <p className="row soft">
          <span>Statuses as of <Moment at={new Date(Math.min(...pages.map(({ readAtMs }) => readAtMs))).toISOString()} as="clock" />: a list of this length is not read again by itself.</span>
          <button type="button" className="button small" disabled={list.isFetching} onClick={readAgain}>Read again</button>
          {came > 0 && <span role="status">{came === 1 ? 'One more order was' : `${came.toLocaleString()} more orders were`} placed since.</span>}
        </p>
      )}
      <Table label="Orders" columns={COLUMNS} rows={items} rowKey={({ orderId }) => orderId} hasMore={list.hasNextPage} onMore={() => { if (!list.isFetching && !list.isFetchNextPageError) void list.fetchNextPage(); }} />
    </>
  );
}
