/** What was ordered, what it costs, where it goes and how. */
import type { ReactNode } from 'react';
import type { Schemas } from '../../api.ts';
import { Moment } from '../../parts/moment.tsx';
import { Status } from '../../parts/status.tsx';
import type { Item } from './story.ts';
import { isEnded } from './words.ts';

type Order = Schemas['Order'];

export function Lines({ order }: { readonly order: Order }): ReactNode {
  return (
    <section className="card lines" aria-labelledby="lines">
      <h2 id="lines">Lines</h2>
      <div className="wide" tabIndex={0} role="group" aria-label="Lines of the order">
        <table>
          <thead><tr><th scope="col">Product</th><th scope="col" className="number">Quantity</th><th scope="col" className="number">Price</th><th scope="col" className="number">Total</th><th scope="col">What became of it</th></tr></thead>
          <tbody>
            {order.lines.map(({ lineId, sku, name, quantity, unitPrice, discount, total, outcome }) => (
              <tr key={lineId}>
                <th scope="row">{name ?? sku}{name !== undefined && <div className="soft">{sku}</div>}</th>
                <td className="number">{quantity}</td>
                <td className="number">{unitPrice}{Number(discount) > 0 && <div className="soft">−{Math.round(Number(discount) * 10_000) / 100} %</div>}</td>
                <td className="number">{total}</td>
                <td>{outcome === null ? <span className="soft">{isEnded(order.status) ? 'nothing' : 'not known yet'}</span> : <><Status word={outcome.status} tone={outcome.status === 'fulfilled' ? 'good' : outcome.status === 'failed' ? 'bad' : 'plain'} /> by {outcome.provider}{outcome.reason !== undefined && <div>{outcome.reason.message ?? outcome.reason.code.replaceAll('_', ' ')}</div>}{outcome.reference !== undefined && <div className="soft">{outcome.reference}</div>}</>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const MONEY_WORDS: Readonly<Record<string, string>> = {
  PaymentInitiated: 'charge begun', PaymentProcessed: 'taken', PaymentFailed: 'refused', PaymentRefundInitiated: 'refund owed', PaymentRefunded: 'given back',
  DisputeOpened: 'disputed', DisputeWon: 'dispute won', DisputeLost: 'lost in a dispute',
};

export function Money({ order, items, onChoose }: { readonly order: Order; readonly items: readonly Item[]; readonly onChoose: (id: string) => void }): ReactNode {
  const moves = items.filter(({ eventType }) => eventType in MONEY_WORDS);
  return (
    <section className="card" aria-labelledby="money">
      <h2 id="money">Money</h2>
      <dl className="facts">
        <dt>Total</dt><dd><b>{order.total} {order.currency}</b></dd>
        <dt>of it freight</dt><dd>{order.freight} {order.currency}</dd>
        {moves.map(({ eventId, eventType, data, recordedAt }) => (
          <div key={eventId}><dt><button type="button" className="as-link" onClick={() => onChoose(eventId)}>{MONEY_WORDS[eventType]}</button></dt><dd>{amountOf(data)} <span className="soft"><Moment at={recordedAt} /></span></dd></div>
        ))}
      </dl>
      {moves.length === 0 && <p className="soft">No money was asked for yet.</p>}
    </section>
  );
}

function amountOf(data: unknown): string {
  const { amount, currency } = (data ?? {}) as { amount?: unknown; currency?: unknown };
  return typeof amount === 'string' ? `${amount} ${typeof currency === 'string' ? currency : ''}` : '';
}

interface ShippingProps {
  readonly order: Order;
  /** Null: none was made yet. Undefined: not known. */
  readonly shipment: Schemas['Shipment'] | null | undefined;
  /** Why it is not known, or may be old. */
  readonly children: ReactNode;
}

export function Shipping({ order, shipment, children }: ShippingProps): ReactNode {
  const to = order.shipTo;
  const address = to === null ? [] : [to.name, to.address, [to.postalCode, to.city].filter(Boolean).join(' '), to.region, to.country].filter((part) => typeof part === 'string' && part !== '');
  return (
    <section className="card" aria-labelledby="shipping">
      <h2 id="shipping">Shipment</h2>
      {address.length > 0 && <address className="address">{address.map((part) => <div key={part}>{part}</div>)}</address>}
      {children}
      {shipment === undefined ? null : shipment === null ? <p className="soft">{isEnded(order.status) ? 'None was made.' : 'None was made yet.'}</p> : shipment.method === 'none' ? <p>Nothing is shipped: all of it is digital.</p> : (
        <ul className="runs">{shipment.parcels.map(({ carrier, trackingNumber, lineIds, deliveredAt }) => <li key={trackingNumber}><b>{carrier}</b> <code>{trackingNumber}</code> with {lineIds.length === 1 ? 'line' : 'lines'} {lineIds.join(', ')}, {deliveredAt === null ? 'on its way' : <>delivered <Moment at={deliveredAt} /></>}</li>)}</ul>
      )}
    </section>
  );
}
