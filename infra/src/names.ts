/**
 * Names that both owners agree on. The two stacks share names and nothing else, no CloudFormation export: they may be
 * deployed by different people into different accounts.
 */
import { FULFILLING_ENTRIES, FulfillmentCancelled, FulfillmentCompleted, FulfillmentFailed, FulfillmentRevoked } from '@commerce/events/entries';
import { PUBLISHED_ENTRIES } from '@commerce/events/entries/all';
import { TOPICS, type TopicName } from '@commerce/events/topics';

/** Who owns a bus, and what it may say there. */
export interface Owner {
  /** The bus, and the beginning of every other name of this owner. */
  readonly bus: string;
  /** Each `source` under which it publishes. */
  readonly sources: readonly string[];
  /** Each `detail-type` that it publishes. */
  readonly eventTypes: readonly string[];
}

const FULFILLMENT_TYPES: readonly string[] = FULFILLING_ENTRIES.map(({ type }) => type);

export const ORDER_FULFILLMENT = {
  stack: 'OrderFulfillmentStack',
  replicaStack: 'OrderFulfillmentReplicaStack',
  serviceStack: 'OrderFulfillmentServiceStack',
  bus: 'order-fulfillment',
  /** The `source` of every event that Order Fulfillment publishes. */
  source: 'order-fulfillment',
  sources: ['order-fulfillment'],
  eventTypes: FULFILLMENT_TYPES,
} as const satisfies Owner & Record<string, unknown>;

export const COMMERCE_COORDINATOR = {
  stack: 'CommerceCoordinatorStack',
  replicaStack: 'CommerceCoordinatorReplicaStack',
  serviceStack: 'CommerceCoordinatorServiceStack',
  bus: 'commerce-coordinator',
  /** One per extension. */
  sources: [
    'order-service', 'inventory-service', 'payment-service', 'fulfillment-service', 'shipping-service', 'catalog-service', 'cart-service', 'notification-service', 'analytics-service', 'customer-service', 'webhook-service',
  ],
  /** All that is published and not by Order Fulfillment. */
  eventTypes: PUBLISHED_ENTRIES.map(({ type }) => type).filter((type) => !FULFILLMENT_TYPES.includes(type)),
  /** The client id that Order Fulfillment writes into `data.clientId` of what it does for Commerce Coordinator. */
  clientId: 'commerce-coordinator',
} as const satisfies Owner & Record<string, unknown>;

/** How a fulfillment ends, or is undone after its end: what a client of Order Fulfillment has to know. */
export const OUTCOME_EVENT_TYPES: readonly string[] = [FulfillmentCompleted.type, FulfillmentFailed.type, FulfillmentCancelled.type, FulfillmentRevoked.type];

/** The queue that the rule of this client fills. */
export function subscriptionName(clientId: string): string {
  return `${clientId}-fulfillment-events`;
}

/** The queue of events that the owner's bus could not encrypt or decrypt; the copy of the bus has one of the same name in its region. */
export function undecryptedName({ bus }: Pick<Owner, 'bus'>): string {
  return `${bus}-undecrypted`;
}

/** The rule that copies to a second region. */
export function copyRuleName({ bus }: Pick<Owner, 'bus'>, region: string): string {
  return `${bus}-to-${region}`;
}

/** The queue of events that did not reach the copy of the bus. */
export function uncopiedName(owner: Pick<Owner, 'bus'>, region: string): string {
  return `${copyRuleName(owner, region)}-undelivered`;
}

/** The role under which a part of a service runs. */
export function roleName({ bus }: Pick<Owner, 'bus'>, part: 'publisher' | 'consumer' | 'operations' | 'api'): string {
  return `${bus}-${part}`;
}

/** The archive of one topic on its owner's bus. */
export function archiveName({ bus }: Pick<Owner, 'bus'>, topic: TopicName): string {
  return `${bus}-${topic}`;
}

/** The types of this owner, by topic; topics of which it publishes nothing are left out. */
export function topicsOf({ eventTypes }: Owner): readonly { readonly topic: TopicName; readonly types: readonly string[] }[] {
  const entries = PUBLISHED_ENTRIES.filter(({ type }) => eventTypes.includes(type));
  return (Object.keys(TOPICS) as TopicName[])
    .map((topic) => ({ topic, types: entries.filter((entry) => entry.topic === topic).map(({ type }) => type) }))
    .filter(({ types }) => types.length > 0);
}
