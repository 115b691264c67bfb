// What the lab can break, and how: data. What a person reads of it stands here too, so that page, terminal and API say the same.

export const KINDS = ['down', 'slow', 'duplicate', 'reorder', 'partial', 'drop', 'stalled', 'unknown'] as const;
export type Kind = (typeof KINDS)[number];

export const DEPENDENCIES = ['order-fulfillment', 'commerce-coordinator', 'bus', 'queue', 'lms', 'payments', 'issuer', 'database', 'receiver'] as const;
export type Dependency = (typeof DEPENDENCIES)[number];

/** A way to break something. `latencyMs` and `share`: the default where the kind takes one; null where it takes none. */
export type BreakKind = {
  readonly kind: Kind;
  /** One sentence: what happens. */
  readonly title: string;
  readonly maxSeconds: number;
  readonly latencyMs: number | null;
  readonly share: number | null;
};

export type DependencyKinds = { readonly title: string; readonly kinds: readonly BreakKind[] };

const LONGEST_SECONDS = 600;
const without = { maxSeconds: LONGEST_SECONDS, latencyMs: null, share: null };
const killed = (title: string, maxSeconds = LONGEST_SECONDS): BreakKind => ({ ...without, kind: 'down', title, maxSeconds });
const slow = (title: string, latencyMs: number): BreakKind => ({ ...without, kind: 'slow', title, latencyMs });
const some = (kind: Kind, title: string, share: number): BreakKind => ({ ...without, kind, title, share });

export const BREAKABLE: Readonly<Record<Dependency, DependencyKinds>> = {
  'order-fulfillment': {
    title: 'Order Fulfillment',
    kinds: [
      killed('Its process is killed, and not started again until the time is over.'),
      slow('Every request to it comes late.', 2_000),
      some('partial', 'A share of the requests to it is cut off: half of them before they are read, half when they have had their effect.', 0.5),
    ],
  },
  // It takes the way to the lab with it: what breaks it is short, and ends by itself.
  'commerce-coordinator': { title: 'Commerce Coordinator', kinds: [killed('Its process is killed, and not started again until the time is over. This page is away for so long.', 15)] },
  bus: {
    title: 'EventBridge',
    kinds: [
      killed('Every call is answered with 503: publishers keep what they have.'),
      { ...without, kind: 'stalled', title: 'Events are accepted, and reach no queue until the time is over.' },
      slow('Every event comes late.', 3_000),
      some('duplicate', 'A share of the events comes twice.', 1),
      { ...without, kind: 'reorder', title: 'A share of the events is held back, so that later ones overtake them.', share: 0.5, latencyMs: 2_000 },
      some('partial', 'A share of the entries of PutEvents fails, while the others of the request are accepted.', 0.5),
      some('drop', 'A share of the events never comes. Commerce Coordinator asks by itself what became of them, after some minutes.', 0.5),
    ],
  },
  queue: {
    title: 'SQS',
    kinds: [
      killed('Every call is answered with 500.'),
      slow('Every call takes up to so long.', 2_000),
      some('partial', 'A share of the calls fails: half of them before their work, half after it, so that the caller does not learn of it.', 0.5),
      { ...without, kind: 'unknown', maxSeconds: 1, title: 'Five events that nobody knows come into the queue. Each is refused as often as the queue allows, and then is a dead letter.' },
    ],
  },
  lms: {
    title: 'LMS',
    kinds: [
      killed('Its process is killed, and not started again until the time is over.'),
      slow('Every answer comes late.', 3_000),
      some('partial', 'A share of the calls fails: some are throttled, some fail, some lose their answer after the effect.', 0.5),
      some('drop', 'A share of its callbacks is never sent.', 1),
    ],
  },
  payments: {
    title: 'Payment provider',
    kinds: [
      killed('Its process is killed, and not started again until the time is over.'),
      slow('Every answer comes late.', 3_000),
      some('partial', 'A share of the calls fails: some are throttled, some fail, some lose their answer after the effect.', 0.5),
      some('duplicate', 'A share of its webhooks is sent twice, about everything it does.', 1),
      some('drop', 'A share of its webhooks is never sent.', 1),
    ],
  },
  issuer: { title: 'Token issuer', kinds: [killed('Its process is killed, and not started again until the time is over.')] },
  database: {
    title: 'PostgreSQL',
    kinds: [
      killed('Every connection of the services is cut, and none is taken until the time is over.', 120),
      slow('Every question of the services comes late.', 50),
    ],
  },
  receiver: {
    title: 'Your webhook receiver',
    kinds: [
      killed('Its process is killed, and not started again until the time is over.'),
      slow('Every answer comes late.', 3_000),
      some('partial', 'A share of the deliveries is answered with 500.', 0.5),
    ],
  },
};
