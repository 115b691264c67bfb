/** The events of Order Fulfillment as a client's queue receives them. Pure but for the listening that is handed in. */
import type { Message } from '../bus.aws.ts';

/** An event as EventBridge put it on the queue. */
export interface Told {
  readonly source: string;
  readonly detailType: string;
  /** The event itself, not checked. */
  readonly event: any;
  readonly fulfillmentId: string;
  readonly orderId: string;
  readonly sequence: number;
  readonly atMs: number;
}

export interface Feed {
  /** All that was told so far. */
  told(): readonly Told[];
  /** Messages that are no delivery of EventBridge. */
  strange(): readonly string[];
  /** True when every type of event comes here, so that no number may be missing. */
  readonly isWhole: boolean;
  /** The clients whose events come here. */
  readonly clientIds: readonly string[];
}

export function feedOf(listening: { readonly messages: readonly Message[] }, { isWhole, clientIds }: Pick<Feed, 'isWhole' | 'clientIds'>): Feed {
  const told: Told[] = [];
  const strange: string[] = [];
  let read = 0;
  const catchUp = (): void => {
    for (; read < listening.messages.length; read += 1) {
      const message = listening.messages[read] as Message;
      const one = toldBy(message);
      if (one === undefined) strange.push(message.body);
      else told.push(one);
    }
  };
  return {
    isWhole, clientIds,
    told() {
      catchUp();
      return told;
    },
    strange() {
      catchUp();
      return strange;
    },
  };
}

function toldBy({ body, atMs }: Message): Told | undefined {
  try {
    const { source, 'detail-type': detailType, detail: event } = JSON.parse(body);
    if (typeof source !== 'string' || typeof detailType !== 'string' || typeof event !== 'object' || event === null) return undefined;
    return {
      source, detailType, event, atMs,
      fulfillmentId: String(event.data?.fulfillmentId ?? ''), orderId: String(event.data?.orderId ?? ''), sequence: Number(event.metadata?.sequence ?? Number.NaN),
    };
  } catch {
    return undefined;
  }
}
