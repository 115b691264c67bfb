/** One line above the map: what needs a person, or that nothing does, or that it is not known. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useMay } from '../../session.tsx';
import type { Flow } from './flow-data.ts';
import { judge } from './judged.ts';
import { MOST_GIVEN_UP, useCares } from './use-flow.ts';

export function Headline({ flow, isOld }: { readonly flow: Flow; readonly isOld: boolean }): ReactNode {
  const [mayOrders, mayDeadLetters, mayWebhooks] = [useMay('orders:read'), useMay('dlq:read'), useMay('webhooks:read')];
  const cares = useCares(mayOrders, mayDeadLetters, mayWebhooks);
  const faults = flow.nodes.filter(({ state }) => state === 'bad');
  const { state, unknown } = judge({ ...cares, faults: faults.length, isOld, missing: flow.missing.length });
  const { total: orders = 0 } = cares.orders ?? {};
  const { total: deadLetters = 0 } = cares.deadLetters ?? {};
  const { total: givenUp = 0 } = cares.givenUp ?? {};
  return (
    <p className={`flow-headline ${state}`} role="status">
      {state === 'well' && <span><span aria-hidden="true">✓</span> All is well{mayOrders && mayDeadLetters ? ': no order needs care, and there are no dead letters' : ''}.</span>}
      {state === 'asking' && <span className="soft">Looking what needs care …</span>}
      {orders > 0 && <Link href="/care"><span aria-hidden="true">△</span> {orders.toLocaleString()} {orders === 1 ? 'order needs' : 'orders need'} care</Link>}
      {deadLetters > 0 && <Link href="/dead-letters"><span aria-hidden="true">✕</span> {deadLetters.toLocaleString()} dead {deadLetters === 1 ? 'letter' : 'letters'}</Link>}
      {givenUp > 0 && <Link href="/webhooks"><span aria-hidden="true">△</span> {givenUp.toLocaleString()}{givenUp === MOST_GIVEN_UP && ' or more'} {givenUp === 1 ? 'webhook' : 'webhooks'} given up: recover</Link>}
      {faults.length > 0 && <span><span aria-hidden="true">✕</span> at fault: {faults.map(({ id, title }, index) => <span key={id}>{index > 0 && ', '}<Link href={`/?focus=${encodeURIComponent(id)}`}>{title}</Link></span>)}</span>}
      {unknown.length > 0 && <span><span aria-hidden="true">?</span> Not known just now: {unknown.join(', ')}.</span>}
    </p>
  );
}
