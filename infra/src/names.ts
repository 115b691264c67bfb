/**
 * Names that both owners agree on. The two stacks share names and nothing else, no CloudFormation export: they may be
 * deployed by different people into different accounts.
 */
import { FulfillmentCancelled, FulfillmentCompleted, FulfillmentFailed, FulfillmentRevoked } from '@commerce/events/entries';

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

/** How a fulfillment ends, or is undone after its end: what a client of Order Fulfillment has to know. */
export const OUTCOME_EVENT_TYPES: readonly string[] = [FulfillmentCompleted.type, FulfillmentFailed.type, FulfillmentCancelled.type, FulfillmentRevoked.type];
