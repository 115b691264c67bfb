/** The storefront: what a customer sees. Products, a cart, an order, and where it is, live. */
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useQueryText } from '../../address.ts';
import { $api, api, callApi } from '../../api.ts';
import type { Schemas } from '../../api.ts';
import { useLiveRefresh } from '../../live.ts';
import { Empty } from '../../parts/empty.tsx';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useMay } from '../../session.tsx';
import { useCare, useOrder } from '../order/reading.ts';
import { CARDS, changed, linesOf, orderOf, SAMPLES, sumOf } from './cart.ts';
import type { Cart, Product } from './cart.ts';
import { delayText, isCancellable, stepsOf } from './tracking.ts';
import './shop.css';

export function ShopView(): ReactNode {
  const [orderId, showOrder] = useQueryText('order');
  const [cart, setCart] = useState<Cart>({});
  return (
    <>
      <div className="spread"><h1>Storefront</h1><p className="soft shop-what">What a customer sees. Orders that are placed here are real ones of this system.</p></div>
      {orderId !== '' && <Tracking key={orderId} orderId={orderId} onLeave={() => showOrder('')} />}
      <Shelf cart={cart} onChange={setCart} onPlaced={(id) => { setCart({}); showOrder(id); document.getElementById('view')?.scrollTo({ top: 0 }); }} />
    </>
  );
}

const SHELF = ['get', '/products'];

interface ShelfProps {
  readonly cart: Cart;
  readonly onChange: (cart: Cart) => void;
  readonly onPlaced: (orderId: string) => void;
}

function Shelf({ cart, onChange, onPlaced }: ShelfProps): ReactNode {
  const mayRead = useMay('catalog:read');
  const { data, error, refetch } = $api.useQuery('get', '/products', { params: { query: { status: 'active', limit: 200 } } }, { enabled: mayRead, select: ({ items }) => items });
  useLiveRefresh(SHELF, ({ topic, eventType }) => topic === 'inventory-events' || eventType.startsWith('Product'), 2_000);
  if (!mayRead) return <Empty title="The shelves cannot be shown">Reading products needs the scope catalog:read, which your role does not have.</Empty>;
  if (data === undefined) return error === null ? <Waiting /> : <ProblemNote problem={error} onRetry={() => void refetch()} />;
  if (data.length === 0) return <EmptyShelf />;
  const lines = linesOf(cart, data);
  return (
    <div className="shop">
      <section aria-labelledby="products">
        <h2 id="products">Products</h2>
        <ul className="products">
          {data.map((product) => {
            const { sku, name, unitPrice, currency, available } = product;
            const has = cart[sku] ?? 0;
            const isOut = available !== null && has >= available;
            return (
              <li key={sku} className="card product">
                <b>{name}</b>
                <span className="soft">{sku}</span>
                <span className="price">{unitPrice} {currency}</span>
                <span className="soft">{available === null ? 'in stock' : available <= 0 ? 'sold out' : `${available} left`}</span>
                <button type="button" className="button small" disabled={isOut} aria-label={`Add ${name} to the cart`} onClick={() => onChange(changed(cart, product, 1))}>{has === 0 ? 'Add to cart' : `Add one more (${has})`}</button>
              </li>
            );
          })}
        </ul>
      </section>
      <CartCard lines={lines} onChange={(product, by) => onChange(changed(cart, product, by))} onPlaced={onPlaced} />
    </div>
  );
}

function EmptyShelf(): ReactNode {
  const mayFill = useMay('catalog:write');
  const queries = useQueryClient();
  const [problem, setProblem] = useState<unknown>();
  const [isFilling, setFilling] = useState(false);
  const fill = async (): Promise<void> => {
    setFilling(true);
    setProblem(undefined);
    try {
      for (const product of SAMPLES) await api.POST('/products', { body: { ...product, reason: { code: 'sample_products' } } });
    } catch (error) {
      setProblem(error);
    }
    setFilling(false);
    await queries.invalidateQueries({ queryKey: SHELF });
  };
  return (
    <Empty title="The shelves are empty">
      <p>The catalogue has no product that is sold. {mayFill ? 'Put some on the shelves to try it out, or use POST /products.' : 'Whoever has the scope catalog:write can add some: POST /products.'}</p>
      {mayFill && <button type="button" className="button primary" disabled={isFilling} onClick={() => void fill()}>{isFilling ? 'Working …' : `Add ${SAMPLES.length} sample products`}</button>}
      {problem !== undefined && <ProblemNote problem={problem} />}
    </Empty>
  );
}

interface CartCardProps {
  readonly lines: ReturnType<typeof linesOf>;
  readonly onChange: (product: Product, by: number) => void;
  readonly onPlaced: (orderId: string) => void;
}

function CartCard({ lines, onChange, onPlaced }: CartCardProps): ReactNode {
  const mayOrder = useMay('orders:write');
  const [customerId, setCustomerId] = useState('SHOPPER');
  const [card, setCard] = useState(CARDS[0]?.token ?? '');
  const [attempt, setAttempt] = useState<{ readonly text: string; readonly key: string }>();
  const [isPlacing, setPlacing] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const sum = sumOf(lines);
  const place = async (): Promise<void> => {
    setPlacing(true);
    setProblem(undefined);
    const text = JSON.stringify(orderOf(lines, customerId, card));
    // The same order that is sent again, because no answer came, is one order.
    const key = attempt?.text === text ? attempt.key : newKey();
    setAttempt({ text, key });
    try {
      const response = await callApi(new Request(new URL('/orders', location.origin), { method: 'POST', body: text, headers: { 'content-type': 'application/json', 'idempotency-key': key } }));
      setAttempt(undefined);
      onPlaced(((await response.json()) as Schemas['PlacedOrder']).orderId);
    } catch (error) {
      setProblem(error);
    } finally {
      setPlacing(false);
    }
  };
  return (
    <section className="card cart" aria-labelledby="cart">
      <h2 id="cart">Your cart</h2>
      {lines.length === 0 ? <p className="soft">It is empty. Press “Add to cart” beside a product.</p> : (
        <ul className="cart-lines">
          {lines.map(({ product, quantity, total }) => (
            <li key={product.sku}>
              <span>{product.name}</span>
              <span className="row quantity"><button type="button" className="button small" aria-label={`One ${product.name} less`} onClick={() => onChange(product, -1)}>−</button>{quantity}<button type="button" className="button small" aria-label={`One ${product.name} more`} onClick={() => onChange(product, 1)}>+</button></span>
              <span className="number">{total}</span>
            </li>
          ))}
        </ul>
      )}
      {sum !== undefined && <p className="sum" aria-live="polite">Total <b>{sum.total} {sum.currency}</b></p>}
      {!mayOrder ? <p className="cannot" role="note"><span aria-hidden="true">△ </span>You may look around, but not order: placing an order needs the scope orders:write, which operators and admins have.</p> : (
        <form onSubmit={(event) => { event.preventDefault(); void place(); }}>
          <label className="field">Customer
            <input required maxLength={200} value={customerId} onChange={({ target }) => setCustomerId(target.value)} />
          </label>
          <fieldset className="cards-choice">
            <legend>Pay with</legend>
            {CARDS.map(({ token, name, text }) => (
              <label key={token}><input type="radio" name="card" value={token} checked={card === token} onChange={() => setCard(token)} /> <span>{name} <span className="soft">{text}</span></span></label>
            ))}
          </fieldset>
          {sum?.isMixed === true && <p className="fault">One order has one currency: take the products of the other one out.</p>}
          {problem !== undefined && <ProblemNote problem={problem} />}
          <button type="submit" className="button primary" disabled={sum === undefined || sum.isMixed || isPlacing || customerId.trim() === ''}>{isPlacing ? 'Placing …' : sum === undefined ? 'Place the order' : `Place the order: ${sum.total} ${sum.currency}`}</button>
        </form>
      )}
    </section>
  );
}

function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const SIGNS = { done: '✓', now: '◔', next: '○', failed: '✕', undone: '○' } as const;

function Tracking({ orderId, onLeave }: { readonly orderId: string; readonly onLeave: () => void }): ReactNode {
  const { data: order, error, refetch } = useOrder(orderId);
  const care = useCare(orderId, order?.status);
  const asked = { params: { path: { orderId }, query: { limit: 100 } } };
  const told = $api.useQuery('get', '/orders/{orderId}/timeline', asked);
  useLiveRefresh(['get', '/orders/{orderId}/timeline', asked], ({ subject }) => subject === orderId, 300);
  const mayCancel = useMay('orders:write');
  const [problem, setProblem] = useState<unknown>();
  const [isCancelling, setCancelling] = useState(false);
  const fault = error ?? told.error;
  const faultNote = fault !== null && <ProblemNote problem={fault} onRetry={() => { void refetch(); void told.refetch(); }} />;
  if (order === undefined) return faultNote || <Waiting />;
  const cancel = async (): Promise<void> => {
    setCancelling(true);
    setProblem(undefined);
    try {
      await api.POST('/orders/{orderId}/cancel', { params: { path: { orderId } }, body: { reason: { code: 'customer_asked', message: 'The customer called it off in the storefront.' } } });
    } catch (refusal) {
      setProblem(refusal);
    } finally {
      setCancelling(false);
      await refetch();
    }
  };
  const delay = delayText(care.data);
  return (
    <section className="card tracking" aria-labelledby="tracking">
      <div className="spread">
        <h2 id="tracking">Your order {order.orderNumber}</h2>
        <p className="row">
          {mayCancel && isCancellable(order.status) && <button type="button" className="button danger small" disabled={isCancelling} onClick={() => void cancel()}>{isCancelling ? 'Calling off …' : 'Call it off'}</button>}
          <Link href={`/orders/${orderId}`} className="button small">What happens behind</Link>
          <button type="button" className="button small" onClick={onLeave}>Close</button>
        </p>
      </div>
      <p>{order.lines.map(({ quantity, name, sku }) => `${quantity} × ${name ?? sku}`).join(', ')}: <b>{order.total} {order.currency}</b></p>
      {problem !== undefined && <ProblemNote problem={problem} />}
      {faultNote}
      <ol className="track" aria-live="polite">
        {stepsOf({ status: order.status, reason: order.reason, events: told.data?.items ?? [] }).map(({ name, text, state, at }) => (
          <li key={name} className={state} aria-current={state === 'now' ? 'step' : undefined}><span className="track-sign" aria-hidden="true">{SIGNS[state]}</span><b>{name}</b><span className="track-text">{text}</span>{at !== null && <span className="soft"><Moment at={at} as="clock" /></span>}</li>
        ))}
      </ol>
      {delay !== undefined && <p className="cannot" role="status"><span aria-hidden="true">△ </span>{delay}</p>}
    </section>
  );
}
