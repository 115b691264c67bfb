/** One line above the map: what needs a person, or that nothing does. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useMay } from '../../session.tsx';
import type { Flow } from './flow-data.ts';
import { useCares } from './use-flow.ts';

export function Headline({ flow }: { readonly flow: Flow }): ReactNode {
  const [mayOrders, mayDeadLetters] = [useMay('orders:read'), useMay('dlq:read')];
  const { orders = 0, deadLetters = 0 } = useCares(mayOrders, mayDeadLetters);
  const faults = flow.nodes.filter(({ state }) => state === 'bad');
  const isWell = orders === 0 && deadLetters === 0 && faults.length === 0;
  return (
    <p className={`flow-headline ${isWell ? 'well' : 'unwell'}`} role="status">
      {isWell && <span><span aria-hidden="true">✓</span> All is well{mayOrders && mayDeadLetters ? ': no order needs care, and there are no dead letters' : ''}.</span>}
      {orders > 0 && <Link href="/care"><span aria-hidden="true">△</span> {orders.toLocaleString()} {orders === 1 ? 'order needs' : 'orders need'} care</Link>}
      {deadLetters > 0 && <Link href="/dead-letters"><span aria-hidden="true">✕</span> {deadLetters.toLocaleString()} dead {deadLetters === 1 ? 'letter' : 'letters'}</Link>}
      {faults.length > 0 && <span><span aria-hidden="true">✕</span> at fault: {faults.map(({ id, title }, index) => <span key={id}>{index > 0 && ', '}<Link href={`/?focus=${encodeURIComponent(id)}`}>{title}</Link></span>)}</span>}
    </p>
  );
}
