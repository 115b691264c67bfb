/**
 * Names that both owners agree on. The two stacks share names and nothing else, no CloudFormation export: they may be
 * deployed by different people into different accounts.
 */
import { FulfillmentCompleted, FulfillmentFailed } from '@commerce/events/entries';

export const ORDER_FULFILLMENT = {
  stack: 'OrderFulfillmentStack',
  bus: 'order-fulfillment',
  /** The `source` of every event that Order Fulfillment publishes. */
  source: 'order-fulfillment',
} as const;

export const COMMERCE_COORDINATOR = {
  stack: 'CommerceCoordinatorStack',
  bus: 'commerce-coordinator',
  /** The client id that Order Fulfillment writes into `data.clientId` of what it does for Commerce Coordinator. */
  clientId: 'commerce-coordinator',
} as const;

/** The events of Order Fulfillment that Commerce Coordinator acts on. Its rule lets no others through. */
export const CONSUMED_EVENT_TYPES: readonly string[] = [FulfillmentCompleted.type, FulfillmentFailed.type];
