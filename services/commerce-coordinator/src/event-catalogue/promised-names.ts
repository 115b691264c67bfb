/**
 * The names of events that were promised before there was a catalogue, as data for its tests. Two vocabularies: constants, some of which
 * are second names, and types with their topics.
 */

/** Constant → the types that it stands for. */
export const PROMISED_CONSTANTS: Readonly<Record<string, readonly string[]>> = {
  ORDER_CHECKOUT_INITIATED: ['OrderCheckoutInitiated'],
  ORDER_CREATED: ['OrderCreated'],
  ORDER_PAYMENT_COMPLETED: ['PaymentProcessed'],
  ORDER_CONFIRMATION_SENT: ['NotificationSent'],
  ORDER_COMPLETED: ['OrderCompleted'],
  PAYMENT_PROCESSING: ['PaymentInitiated'],
  INVENTORY_UPDATE: ['InventoryReserved', 'InventoryReleased', 'InventoryAdjusted'],
  CART_ITEM_ADDED: ['CartItemAdded'],
  CART_ABANDONED: ['CartAbandoned'],
  EMAIL_SENT: ['NotificationSent'],
  JOB_ENQUEUED: ['JobEnqueued'],
  JOB_STARTED: ['JobStarted'],
  JOB_COMPLETED: ['JobCompleted'],
  JOB_FAILED: ['JobFailed'],
};

/** Webhook name → its type. */
export const PROMISED_WEBHOOKS: Readonly<Record<string, string>> = {
  'order.created': 'OrderCreated',
  'payment.completed': 'PaymentProcessed',
  'order.completed': 'OrderCompleted',
};

/** Topic → types. */
export const PROMISED_TYPES: Readonly<Record<string, readonly string[]>> = {
  'user-events': ['UserRegistered', 'UserUpdated', 'UserDeactivated'],
  'catalog-events': ['ProductCreated', 'ProductUpdated', 'ProductDiscontinued'],
  'inventory-events': ['InventoryAdjusted', 'InventoryReserved', 'InventoryReleased'],
  'order-events': ['CartCreated', 'CartUpdated', 'CartAbandoned', 'OrderCreated', 'OrderConfirmed', 'OrderCancelled', 'OrderShipped'],
  'payment-events': ['PaymentInitiated', 'PaymentProcessed', 'PaymentFailed', 'PaymentRefunded'],
  'shipping-events': ['ShippingCreated', 'ShippingDispatched', 'ShippingDelivered'],
  'notification-events': ['NotificationSent', 'NotificationFailed'],
};
