/** The views: address, name, what one must be allowed to read, where the guide tells of it, and the component, which is loaded when it is opened. In the order of the navigation. */
import { lazy } from 'react';
import type { ComponentType, LazyExoticComponent } from 'react';

export interface View {
  /** Under /dashboard; with the parameters of wouter. */
  readonly path: string;
  readonly name: string;
  /** A sign of one character beside the name. */
  readonly sign: string;
  readonly scope: string;
  /** The place of the guide that tells of it. */
  readonly guide: string;
  /** Is found through other views, and stands not in the navigation. */
  readonly isInner?: boolean;
  readonly developmentOnly?: boolean;
  readonly view: LazyExoticComponent<ComponentType>;
}

export const VIEWS: readonly View[] = [
  { path: '/', name: 'Flow', sign: '⇄', scope: 'events:read', guide: '/docs/guide/signals/', view: lazy(async () => ({ default: (await import('./views/flow/view.tsx')).FlowView })) },
  { path: '/care', name: 'Needing care', sign: '!', scope: 'orders:read', guide: '/docs/guide/operations/#orders-that-need-care', view: lazy(async () => ({ default: (await import('./views/care/view.tsx')).CareView })) },
  { path: '/orders', name: 'Orders', sign: '≡', scope: 'orders:read', guide: '/docs/guide/operations/#acts-on-an-order', view: lazy(async () => ({ default: (await import('./views/orders/view.tsx')).OrdersView })) },
  { path: '/orders/:orderId', name: 'Order', sign: '·', scope: 'orders:read', guide: '/docs/guide/operations/#an-order-waits', isInner: true, view: lazy(async () => ({ default: (await import('./views/order/view.tsx')).OrderView })) },
  { path: '/live', name: 'Live tail', sign: '»', scope: 'events:read', guide: '/docs/guide/live-bus/', view: lazy(async () => ({ default: (await import('./views/tail/view.tsx')).TailView })) },
  { path: '/events', name: 'Events', sign: '◷', scope: 'events:read', guide: '/docs/guide/operations/#what-happened', view: lazy(async () => ({ default: (await import('./views/events/view.tsx')).EventsView })) },
  { path: '/events/:eventId', name: 'Event', sign: '·', scope: 'events:read', guide: '/docs/guide/operations/#what-happened', isInner: true, view: lazy(async () => ({ default: (await import('./views/event/view.tsx')).EventView })) },
  { path: '/webhooks', name: 'Webhooks', sign: '↗', scope: 'webhooks:read', guide: '/docs/guide/webhooks/', view: lazy(async () => ({ default: (await import('./views/webhooks/view.tsx')).WebhooksView })) },
  { path: '/webhooks/:webhookId', name: 'Webhook', sign: '·', scope: 'webhooks:read', guide: '/docs/guide/webhooks/#write-a-receiver', isInner: true, view: lazy(async () => ({ default: (await import('./views/webhook/view.tsx')).WebhookView })) },
  { path: '/dead-letters', name: 'Dead letters', sign: '✕', scope: 'dlq:read', guide: '/docs/guide/operations/#dead-letters', view: lazy(async () => ({ default: (await import('./views/dead-letters/view.tsx')).DeadLettersView })) },
  { path: '/replays', name: 'Replays', sign: '↻', scope: 'replay:read', guide: '/docs/guide/replay/', view: lazy(async () => ({ default: (await import('./views/replays/view.tsx')).ReplaysView })) },
  { path: '/catalogue', name: 'Catalogue', sign: '☰', scope: 'events:read', guide: '/docs/guide/event-catalogue/', view: lazy(async () => ({ default: (await import('./views/catalogue/view.tsx')).CatalogueView })) },
  { path: '/metrics', name: 'Metrics', sign: '∿', scope: 'events:read', guide: '/docs/guide/operations/#how-fast-it-flows', view: lazy(async () => ({ default: (await import('./views/metrics/view.tsx')).MetricsView })) },
  { path: '/panels', name: 'Extensions', sign: '▦', scope: 'events:read', guide: '/docs/guide/write-an-extension/', view: lazy(async () => ({ default: (await import('./views/panels/view.tsx')).PanelsView })) },
  { path: '/break', name: 'Break something', sign: '⚡', scope: 'admin', guide: '/docs/guide/first-five-minutes/#break-something', developmentOnly: true, view: lazy(async () => ({ default: (await import('./views/break/view.tsx')).BreakView })) },
  { path: '/proof', name: 'Proof', sign: '✓', scope: 'events:read', guide: '/docs/guide/faults/', view: lazy(async () => ({ default: (await import('./views/proof/view.tsx')).ProofView })) },
  { path: '/shop', name: 'Storefront', sign: '◇', scope: 'orders:read', guide: '/docs/guide/first-five-minutes/', view: lazy(async () => ({ default: (await import('./views/shop/view.tsx')).ShopView })) },
];
