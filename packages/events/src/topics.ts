/**
 * The topics, their partitions and how long their events are kept. Archives, Kafka topics and the retention job are
 * made from this one table.
 */
const DAY = 1;
const YEAR = 365 * DAY;

/** `partitions`: of the Kafka topic. `retentionDays`: days an event stays in the log and in the archive. */
export interface Topic {
  readonly partitions: number;
  readonly retentionDays: number;
  readonly description: string;
}

export const TOPICS = {
  'user-events': { partitions: 12, retentionDays: 30 * DAY, description: 'User lifecycle events' },
  'catalog-events': { partitions: 8, retentionDays: 90 * DAY, description: 'Product and catalog changes' },
  'inventory-events': { partitions: 16, retentionDays: 7 * DAY, description: 'Stock level changes' },
  'order-events': { partitions: 20, retentionDays: YEAR, description: 'Order lifecycle events' },
  'payment-events': { partitions: 12, retentionDays: 7 * YEAR, description: 'Payment processing events' },
  'shipping-events': { partitions: 8, retentionDays: YEAR, description: 'Shipping and delivery events' },
  'notification-events': { partitions: 4, retentionDays: 30 * DAY, description: 'Communication events' },
  'audit-events': { partitions: 4, retentionDays: 7 * YEAR, description: 'Compliance and audit trail' },
  'fulfillment-events': { partitions: 12, retentionDays: YEAR, description: 'Fulfillment requests and their outcomes' },
} as const satisfies Record<string, Topic>;

export type TopicName = keyof typeof TOPICS;
