/** One order: where it is and why, its story in lanes, and what it is made of. */
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { Link, useParams } from 'wouter';
import type { Schemas } from '../../api.ts';
import { useQueryText } from '../../address.ts';
import { asCurl } from '../../call-log.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Empty } from '../../parts/empty.tsx';
import { spanText } from '../../parts/moment-text.ts';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Status } from '../../parts/status.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useMay } from '../../session.tsx';
import { useTitle } from '../../title.ts';
import { OrderActs } from './acts.tsx';
import { chainOf } from './chain.ts';
import { Chart, Legend } from './chart.tsx';
import { Lines, Money, Shipping } from './facts.tsx';
import { useCare, useOrder, useSent, useShipment, useTimeline } from './reading.ts';
import type { OrderCare } from './reading.ts';
import { Step } from './step.tsx';
import { storyOf } from './story.ts';
import { StoryTable } from './story-table.tsx';
import { isEnded, meaningOf, reasonText } from './words.ts';
import './order.css';

export function OrderView(): ReactNode {
  const { orderId = '' } = useParams();
  const order = useOrder(orderId);
  const care = useCare(orderId, order.data?.status);
  useTitle(order.data && `Order ${order.data.orderNumber}`);
  const fault = order.error !== null && <ProblemNote problem={order.error} onRetry={() => void order.refetch()} />;
  if (order.data === undefined) return fault === false ? <Waiting /> : <><h1>Order</h1>{fault}</>;
  return (
    <>
      {fault}
      {care.error !== null && <ProblemNote problem={care.error} onRetry={() => void care.refetch()} />}
      <Head order={order.data} care={care.data} isAsked={care.error === null} />
      <Told key={orderId} order={order.data} care={care.data} />
    </>
  );
}

/** `isAsked`: what it waits for is known, or comes. */
function Head({ order, care, isAsked }: { readonly order: Schemas['Order']; readonly care: OrderCare | undefined; readonly isAsked: boolean }): ReactNode {
  const { orderId, orderNumber, status, customerId, customer, total, currency, createdAt } = order;
  const ended = isEnded(status);
  const because = reasonText(order.reason);
  const waits = care !== undefined && (care.needsCare || !ended);
  return (
    <header className="order-head">
      <div className="spread">
        <h1><Link href="/orders" className="soft-link">Orders</Link> <span aria-hidden="true">›</span> {orderNumber} <Status word={status} /></h1>
        <p className="row">
          <CopyButton text={asCurl({ method: 'GET', path: `/orders/${orderId}`, body: undefined }, location.origin)} label="Copy as curl" />
          <a className="button small" href={`/orders/${orderId}`}>JSON</a>
        </p>
      </div>
      <p className="order-line">
        <b>{total} {currency}</b> for <Link href={`/orders?search=${encodeURIComponent(customerId)}`}>{customer?.name ?? customerId}</Link>{customer?.status === 'deactivated' && ' (deactivated)'}, placed <Moment at={createdAt} /> <span className="soft">(<Moment at={createdAt} as="ago" />)</span>
      </p>
      <div className={`why card ${waits ? (care.cause === 'given_up' || status === 'on_hold' ? 'bad' : care.needsCare || care.cause === 'failing' ? 'warn' : 'busy') : 'calm'}`}>
        <p className="why-text">{waits ? care.waitsFor : `${meaningOf(status)}${because === undefined ? '' : ` ${because}`}`}{!ended && care === undefined && isAsked && <span className="soft"> Looking what it waits for …</span>}</p>
        {waits && <p><span className="soft">By itself:</span> {care.nextStep}</p>}
        {waits && care.pastPromiseMs !== null && <p className="soft">It is {spanText(care.pastPromiseMs)} past its promised time.</p>}
        {waits && because !== undefined && <p className="soft">{because}</p>}
        {care !== undefined && care.acts.length > 0 && <div className="row acts"><OrderActs orderId={orderId} orderNumber={orderNumber} acts={care.acts} /></div>}
      </div>
    </header>
  );
}

/** How long the order has lasted, for what is waited for still: in steps that are seen. 0 for one that has ended. */
function useUntil(isOpen: boolean, startMs: number): number {
  const [untilMs, setUntil] = useState(0);
  useEffect(() => {
    const look = (): void => {
      const ageMs = isOpen ? Date.now() - startMs : 0;
      setUntil(ageMs - (ageMs % (ageMs > 600_000 ? 60_000 : 1_000)));
    };
    look();
    const timer = setInterval(look, 1_000);
    return () => clearInterval(timer);
  }, [isOpen, startMs]);
  return untilMs;
}

const ZOOMS = [1, 2, 4, 8, 16] as const;

function Told({ order, care }: { readonly order: Schemas['Order']; readonly care: OrderCare | undefined }): ReactNode {
  const { orderId, status } = order;
  const timeline = useTimeline(orderId, status);
  const maySent = useMay('webhooks:read');
  const sent = useSent(orderId, maySent, status);
  const shipment = useShipment(orderId, status);
  const [chosen, choose] = useQueryText('step');
  const [axis, setAxis] = useQueryText('axis', 'shortened');
  const [zoomText, setZoom] = useQueryText('zoom', '1');
  const zoom = ZOOMS.find((one) => String(one) === zoomText) ?? 1;
  // A long timeline comes page by page: what is pressed meanwhile goes before.
  const pages = useDeferredValue(timeline.data?.pages);
  const items = useMemo(() => pages?.flatMap((page) => page.items) ?? [], [pages]);
  const startMs = items[0] === undefined ? Date.parse(order.createdAt) : Date.parse(items[0].recordedAt) - items[0].offsetMs;
  const isOpen = !isEnded(status) && timeline.isWhole;
  const untilMs = useUntil(isOpen, startMs);
  const handler = care?.lastError?.handler ?? null;
  const story = useMemo(
    () => storyOf({ items, notes: pages?.[0]?.ignored ?? [], sent: sent.data ?? [], open: isOpen ? { untilMs, handler, status } : undefined }),
    [items, pages, sent.data, isOpen, untilMs, handler, status],
  );
  const chain = useMemo(() => (timeline.isWhole && !timeline.isCut ? chainOf(items) : undefined), [items, timeline.isWhole, timeline.isCut]);
  const mark = story.marks.find(({ id }) => id === chosen);
  const fault = timeline.error !== null && <ProblemNote problem={timeline.error} onRetry={timeline.readAgain} />;
  if (pages === undefined) return fault || <Waiting />;
  if (items.length === 0) return fault || <Empty title="Nothing is told of this order any more">Its events are older than what is kept.</Empty>;
  const index = ZOOMS.indexOf(zoom);
  return (
    <>
      {fault}
      <section className="card saga" aria-labelledby="saga">
        <div className="spread">
          <h2 id="saga">Timeline</h2>
          <p className="row">
            {chain !== undefined && <span className={`chain ${chain.isWhole ? 'good' : 'bad'}`} title={chain.text}><span aria-hidden="true">{chain.isWhole ? '✓' : '✕'}</span> {chain.isWhole ? 'whole' : 'not whole'}<span className="only-read">: {chain.text}</span></span>}
            <label className="row">Axis <select value={axis} onChange={({ target }) => setAxis(target.value)}><option value="shortened">long waits shortened</option><option value="true">true to time</option></select></label>
            <span className="row zoom">
              <button type="button" className="button small" aria-label="Zoom out" disabled={index <= 0} onClick={() => setZoom(String(ZOOMS[index - 1] ?? 1))}>−</button>
              <span aria-live="polite">{zoom}×</span>
              <button type="button" className="button small" aria-label="Zoom in" disabled={index >= ZOOMS.length - 1} onClick={() => setZoom(String(ZOOMS[index + 1] ?? zoom))}>+</button>
            </span>
            <button type="button" className="button small" onClick={() => { timeline.readAgain(); void sent.refetch(); }}>Read again</button>
          </p>
        </div>
        {chain?.isWhole === false && <p className="fault">{chain.text}</p>}
        {timeline.isCut && <p className="fault">It has more events than a timeline reads: the newest are not shown. <Link href={`/events?subject=${orderId}`}>See all of its events</Link></p>}
        {!timeline.isWhole && fault === false && <p className="soft" role="status">{items.length.toLocaleString()} events read, more are coming …</p>}
        <Chart story={story} startMs={startMs} isTrue={axis === 'true'} zoom={zoom} chosen={chosen} onChoose={choose} />
        <Legend />
        {!maySent && <p className="soft">What was sent to webhooks is shown with the scope webhooks:read.</p>}
        {sent.error !== null && <ProblemNote problem={sent.error} onRetry={() => void sent.refetch()} />}
      </section>
      {mark !== undefined && <Step mark={mark} story={story} order={order} acts={care?.acts ?? []} onChoose={choose} />}
      <section aria-labelledby="steps"><h2 id="steps">Every step</h2><StoryTable story={story} startMs={startMs} chosen={chosen} onChoose={choose} /></section>
      <div className="cards">
        <Money order={order} items={items} onChoose={choose} />
        <Shipping order={order} shipment={shipment.data}>{shipment.error !== null && <ProblemNote problem={shipment.error} onRetry={() => void shipment.refetch()} />}</Shipping>
      </div>
      <Lines order={order} />
    </>
  );
}
