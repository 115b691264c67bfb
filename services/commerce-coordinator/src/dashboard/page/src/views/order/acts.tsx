/** Buttons for what may be done with one order now. */
import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { callJson } from '../../api.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { actCall, ACTS } from './acts.ts';
import type { Act } from './acts.ts';

interface OrderActsProps {
  readonly orderId: string;
  readonly orderNumber: number;
  readonly acts: readonly Act[];
  readonly isSmall?: boolean;
  /** Beside the order itself: what is shown of it. */
  readonly onDone?: () => void;
}

export function OrderActs({ orderId, orderNumber, acts, isSmall = false, onDone }: OrderActsProps): ReactNode {
  const queries = useQueryClient();
  const run = async (act: Act, why: string): Promise<void> => {
    const { method, path, body } = actCall(orderId, act, why);
    await callJson(method, path, body);
    onDone?.();
    await queries.invalidateQueries({ predicate: ({ queryKey }) => JSON.stringify(queryKey).includes(orderId) || queryKey[0] === 'care' || queryKey[1] === '/orders/care/counts' });
  };
  return acts.map((act) => {
    const { name, scope, tone, text } = ACTS[act];
    return (
      <ActButton key={act} name={name} scope={scope} tone={tone} isSmall={isSmall} call={(why) => actCall(orderId, act, why)} run={(why) => run(act, why)}>
        <p>Order {orderNumber}. {text}</p>
      </ActButton>
    );
  });
}
