/** Orders needing care: how many and why, what happens by itself, and what a person may do, for one or for many. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useQueryText } from '../../address.ts';
import { $api, api } from '../../api.ts';
import type { Schemas } from '../../api.ts';
import { useLiveRefresh } from '../../live.ts';
import { Counter } from '../../parts/counter.tsx';
import { Empty } from '../../parts/empty.tsx';
import { exactText, spanText } from '../../parts/moment-text.ts';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { OrderActs } from '../order/acts.tsx';
import { careHref, careQuery, noneText, SHOWN, SHOWN_WORDS, WAITED_ON, WAITED_ON_WORDS } from './filters.ts';
import type { CareFilter } from './filters.ts';
import { ManyButton } from './many.tsx';
import './care.css';

type Item = Schemas['OrdersNeedingCare']['items'][number];
type Page = Schemas['OrdersNeedingCare'];

const PAGE = 100;
/** Time alone makes an order late, and a failed attempt is no event. */
const LOOK_EVERY_MS = 3_000;
/** Acts for all that match go to this many at most; what is left matches again. */
const MOST_AT_ONCE = 1_000;

/** A long list is read again as a whole, and so more rarely. */
const everyMs = (pages = 1): number => (pages <= 3 ? LOOK_EVERY_MS : 5 * LOOK_EVERY_MS);

const COUNTS = ['get', '/orders/care/counts'];

const readPage = async (filter: CareFilter, cursor: string | undefined, limit: number, signal: AbortSignal): Promise<Page> =>
  (await api.GET('/orders/care', { params: { query: { ...careQuery(filter), limit, ...(cursor !== undefined && { cursor }) } }, signal })).data ?? { items: [], nextCursor: null };

export function CareView(): ReactNode {
  const [show] = useQueryText('show');
  const [on] = useQueryText('on');
  const filter = { show, on };
  const counts = $api.useQuery('get', '/orders/care/counts', {}, { refetchInterval: LOOK_EVERY_MS });
  useLiveRefresh(COUNTS, undefined, LOOK_EVERY_MS / 2);
  return (
    <>
      <h1>Orders needing care</h1>
      {counts.error !== null && <ProblemNote problem={counts.error} onRetry={() => void counts.refetch()} />}
      {counts.error === null && counts.data?.total === 0 && <p className="all-well"><span aria-hidden="true">✓</span> All is well: no order is stuck, retrying, given up or on hold.</p>}
      <nav aria-label="Kinds" className="counters">
        <Counter name="All" value={counts.data?.total} href="/care" tone="busy" isChosen={show === '' && on === ''} />
        {SHOWN.map((one) => <Counter key={one} name={SHOWN_WORDS[one].name} value={counts.data && SHOWN_WORDS[one].count(counts.data)} tone={SHOWN_WORDS[one].tone} href={careHref(filter, { show: one })} isChosen={show === one} />)}
      </nav>
      <nav aria-label="Whom they wait on" className="waits-on">
        <span className="soft">Waiting on</span>
        {WAITED_ON.filter((one) => on === one || one === 'fulfillment' || one === 'payments' || (counts.data?.waitsOn[one] ?? 0) > 0).map((one) => (
          <Link key={one} href={careHref(filter, { on: one })} className={`chip ${(counts.data?.waitsOn[one] ?? 0) > 0 ? 'some' : ''}`} aria-current={on === one ? 'true' : undefined}>{WAITED_ON_WORDS[one]} <b>{counts.data?.waitsOn[one] ?? '–'}</b></Link>
        ))}
      </nav>
      <List key={`${show} ${on}`} filter={filter} />
    </>
  );
}

interface Choosing {
  readonly chosen: ReadonlyMap<string, Item>;
  readonly toggle: (item: Item) => void;
  readonly onDone: () => void;
}

function columnsOf({ chosen, toggle, onDone }: Choosing): readonly Column<Item>[] {
  return [
    { name: '✓', width: '1.5rem', cell: (item) => <input type="checkbox" checked={chosen.has(item.orderId)} aria-label={`Choose order ${item.orderNumber}`} onChange={() => toggle(item)} /> },
    { name: 'Order', width: '9rem', narrow: '7rem', cell: ({ orderId, orderNumber, status }) => <div className="care-two"><Link href={`/orders/${orderId}`}>{orderNumber}</Link><Status word={status} /></div> },
    { name: 'Why it waits', width: 'minmax(10rem, 3fr)', cell: ({ waitsFor }) => <div className="wraps" title={waitsFor}>{waitsFor.replace(/^It waits for /, 'Waits for ')}</div> },
    { name: 'By itself', width: 'minmax(9rem, 2fr)', isExtra: true, cell: ({ nextStep }) => <div className="wraps soft" title={nextStep}>{nextStep}</div> },
    { name: 'Age', width: '6.5rem', isExtra: true, cell: ({ ageMs, pastPromiseMs, since }) => <div className="care-two"><span title={`Since ${exactText(since)}`}>{spanText(ageMs)}</span>{pastPromiseMs !== null && <span className="soft" title="How long it is past its promised time">{spanText(pastPromiseMs)} late</span>}</div> },
    { name: 'Acts', width: '13rem', isExtra: true, cell: ({ orderId, orderNumber, acts }) => <div className="row-acts"><OrderActs orderId={orderId} orderNumber={orderNumber} acts={acts} isSmall onDone={onDone} /></div> },
  ];
}

function List({ filter }: { readonly filter: CareFilter }): ReactNode {
  const queryKey = ['care', filter.show, filter.on];
  const list = useInfiniteQuery({
    queryKey, initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => readPage(filter, pageParam, PAGE, signal), getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    refetchInterval: ({ state: { data } }) => everyMs(data?.pages.length),
  });
  useLiveRefresh(queryKey, undefined, everyMs(list.data?.pages.length));
  const [chosen, choose] = useState<ReadonlyMap<string, Item>>(new Map());
  const fault = list.error !== null && <ProblemNote problem={list.error} onRetry={() => void (list.isFetchNextPageError ? list.fetchNextPage() : list.refetch())} />;
  if (list.data === undefined) return fault || <Waiting />;
  const items = list.data.pages.flatMap((page) => page.items);
  const isAll = items.length > 0 && items.every(({ orderId }) => chosen.has(orderId));
  const toggle = (item: Item): void => {
    const after = new Map(chosen);
    if (!after.delete(item.orderId)) after.set(item.orderId, item);
    choose(after);
  };
  const readAll = async (signal: AbortSignal): Promise<readonly Item[]> => {
    const found: Item[] = [];
    let cursor: string | undefined;
    do {
      const page = await readPage(filter, cursor, 200, signal);
      found.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && found.length < MOST_AT_ONCE);
    return found;
  };
  const columns = columnsOf({ chosen, toggle, onDone: () => void list.refetch() });
  return (
    <section aria-label="Orders" className="stack">
      {fault}
      {/* Stays when the list becomes empty: what came of an act for many is told here. */}
      <div className="row">
        <label className="row"><input type="checkbox" checked={isAll} disabled={items.length === 0} onChange={() => choose(isAll ? new Map() : new Map(items.map((item) => [item.orderId, item])))} /> Choose all shown</label>
        <ManyButton label={`Act on ${chosen.size} chosen`} isDisabled={chosen.size === 0} read={() => Promise.resolve([...chosen.values()])} />
        <ManyButton label="Act on all that match" isDisabled={items.length === 0} read={readAll} />
      </div>
      {items.length === 0 && fault === false && (
        <Empty title={noneText(filter)}>
          {filter.show === '' && filter.on === '' ? <>Orders that go as promised are under <Link href="/orders">Orders</Link>. One that waits too long, or of which something fails, is shown here by itself.</> : <Link href="/care">Show all that need care</Link>}
        </Empty>
      )}
      {items.length > 0 && <Table label="Orders needing care" columns={columns} rows={items} rowKey={({ orderId }) => orderId} rowHeightPx={74} hasMore={list.hasNextPage} onMore={() => { if (!list.isFetching && !list.isFetchNextPageError) void list.fetchNextPage(); }} rowClass={({ orderId }) => (chosen.has(orderId) ? 'is-chosen' : '')} />}
    </section>
  );
}
