// How each part of a running stack is broken and mended: by its process, by the proxy in front of it, or by its own fault switches.
// What the seed decides is drawn by whoever misbehaves; two breaks of one part do not stand beside each other.
import type { FaultSettings as AwsFaults } from '@commerce/local-aws/server';
import type { Dependency } from './kinds.ts';
import type { PieceFate, ProxyMode, TcpProxy } from './tcp-proxy.ts';
import { UNDISTURBED } from './tcp-proxy.ts';
import type { Fault } from './wish.ts';

export type Breakable = {
  /** Brings the fault about. Throws when the part does not take it. */
  begin(fault: Fault): Promise<void>;
  /** Ends it. Throws when the part does not take it; it is tried again. */
  mend(): Promise<void>;
};

/** A process under supervision, as the lab needs it. */
export type Held = { hold(): Promise<void>; release(): void };

/** Sends settings to a part's door for tests; rejects for anything but a 2xx answer. */
export type SendSettings = (settings: object) => Promise<void>;

type Means = {
  readonly process: (name: string) => Held;
  /** In front of Order Fulfillment, and of the embedded PostgreSQL. */
  readonly proxies: { readonly 'order-fulfillment'?: TcpProxy | undefined; readonly database?: TcpProxy | undefined };
  readonly aws: SendSettings | undefined;
  /** Puts messages into the queue of Commerce Coordinator. */
  readonly enqueue: (bodies: readonly string[]) => Promise<void>;
  readonly lms: SendSettings;
  readonly payments: SendSettings;
  readonly receiver: SendSettings | undefined;
  /** What the stand-ins do wrong while nothing is broken. */
  readonly usual: { readonly lms: object; readonly payments: object };
};

export type Breakables = Partial<Readonly<Record<Dependency, Breakable>>>;

const ANSWER_MS = 200;
const UNKNOWN_MESSAGES = 5;

/** What of the stack can be broken: a part that is not there, or is not ours, is left out. */
export function breakablesOf({ process, proxies, aws, enqueue, lms, payments, receiver, usual }: Means): Breakables {
  const buses = aws === undefined ? undefined : sharedSwitches(aws);
  return {
    'order-fulfillment': firstOf(ofProcess(process('order-fulfillment')), proxies['order-fulfillment'] && ofProxy(proxies['order-fulfillment'])),
    'commerce-coordinator': ofMessenger(process('commerce-coordinator')),
    ...(buses !== undefined && { bus: buses('bus'), queue: ofQueue(buses('queue'), enqueue) }),
    lms: firstOf(ofProcess(process('lms')), ofSwitches(lms, usual.lms, lmsSettings)),
    payments: firstOf(ofProcess(process('payments')), ofSwitches(payments, usual.payments, paymentsSettings)),
    issuer: ofProcess(process('issuer')),
    ...(proxies.database !== undefined && { database: ofProxy(proxies.database) }),
    ...(receiver !== undefined && { receiver: firstOf(ofProcess(process('receiver')), ofSwitches(receiver, {}, receiverSettings)) }),
  };
}

/** `down` is a matter of the process, everything else of what stands beside it. */
function firstOf(process: Breakable, beside: Breakable | undefined): Breakable {
  let broken = process;
  return {
    async begin(fault) {
      broken = fault.kind === 'down' || beside === undefined ? process : beside;
      await broken.begin(fault);
    },
    mend: () => broken.mend(),
  };
}

function ofProcess(process: Held): Breakable {
  return { begin: () => process.hold(), mend: async () => process.release() };
}

/** The one that hands wishes on is killed when it has had the time to hand back the answer. */
function ofMessenger(process: Held): Breakable {
  let timer: NodeJS.Timeout | undefined;
  return {
    begin: async () => void (timer = setTimeout(() => void process.hold(), ANSWER_MS)),
    async mend() {
      clearTimeout(timer);
      process.release();
    },
  };
}

function ofProxy(proxy: TcpProxy): Breakable {
  return { begin: async (fault) => proxy.set(proxyMode(fault)), mend: async () => proxy.set(UNDISTURBED) };
}

/** What a proxy does: of what is cut, half is cut before it had an effect. */
export function proxyMode({ kind, latencyMs, share, seed }: Fault): ProxyMode {
  if (kind === 'down') return { ...UNDISTURBED, isDown: true };
  if (kind === 'slow') return { ...UNDISTURBED, latencyMs: latencyMs ?? 0 };
  const random = seededRandom(seed);
  const cut = share ?? 0;
  const next = (): PieceFate => {
    const drawn = random();
    if (drawn >= cut) return 'works';
    return drawn < cut / 2 ? 'cut' : 'answer-lost';
  };
  return { ...UNDISTURBED, next };
}

function ofSwitches(send: SendSettings, usual: object, settingsOf: (fault: Fault) => object): Breakable {
  return { begin: (fault) => send({ ...usual, ...settingsOf(fault) }), mend: () => send(usual) };
}

/** Bus and queue have their switches in one place: what breaks one of them leaves the other as it is. */
function sharedSwitches(send: SendSettings): (part: 'bus' | 'queue') => Breakable {
  const parts = { bus: {}, queue: {} };
  const change = async (part: 'bus' | 'queue', settings: object): Promise<void> => {
    parts[part] = settings;
    await send({ ...parts.bus, ...parts.queue });
  };
  return (part) => ({ begin: (fault) => change(part, part === 'bus' ? busSettings(fault) : queueSettings(fault)), mend: () => change(part, {}) });
}

/** Bad messages are put into it; everything else is a matter of its switches. What was put there stays when the break is over. */
function ofQueue(switches: Breakable, enqueue: Means['enqueue']): Breakable {
  return { begin: (fault) => (fault.kind === 'unknown' ? enqueue(unknownMessages(fault)) : switches.begin(fault)), mend: () => switches.mend() };
}

/** Messages as EventBridge delivers them, of an event type that no catalogue has. */
export function unknownMessages({ seed }: Fault): string[] {
  return Array.from({ length: UNKNOWN_MESSAGES }, (_, index) => JSON.stringify({ version: '0', source: 'order-fulfillment', 'detail-type': 'NobodyKnowsThis', detail: { seed, number: index + 1 } }));
}

/** The switches of the local EventBridge for a break of the bus: none of them is one of the queue's. */
export function busSettings({ kind, seed, share, latencyMs }: Fault): Partial<AwsFaults> {
  const part = share ?? 0;
  switch (kind) {
    case 'down': return { seed, outage: 'refusing' };
    case 'stalled': return { seed, outage: 'stalled' };
    case 'slow': return { seed, delayMs: latencyMs ?? 0 };
    case 'duplicate': return { seed, duplicates: part };
    case 'reorder': return { seed, reorder: part, reorderWithinMs: latencyMs ?? 0 };
    case 'partial': return { seed, failedEntries: part };
    case 'drop': return { seed, drops: part };
    case 'unknown': return {};
  }
}

/** The switches of the local SQS: those for calls, with a seed of their own. */
export function queueSettings({ kind, seed, share, latencyMs }: Fault): Partial<AwsFaults> {
  const calls = { callsTo: 'sqs', callSeed: seed } as const;
  if (kind === 'unknown') return {};
  if (kind === 'down') return { ...calls, errors: 1 };
  if (kind === 'slow') return { ...calls, latencyMs: latencyMs ?? 0 };
  return { ...calls, errors: (share ?? 0) / 2, lostAnswers: (share ?? 0) / 2 };
}

function lmsSettings(fault: Fault): object {
  return fault.kind === 'drop' ? { seed: fault.seed, loseCallback: fault.share ?? 0 } : callSettings(fault);
}

function paymentsSettings(fault: Fault): object {
  const { kind, seed } = fault;
  const share = fault.share ?? 0;
  if (kind === 'duplicate') return { seed, tellAll: true, doubleWebhook: share };
  return kind === 'drop' ? { seed, loseWebhook: share } : callSettings(fault);
}

function receiverSettings(fault: Fault): object {
  return fault.kind === 'slow' ? { seed: fault.seed, latencyMs: fault.latencyMs ?? 0 } : { seed: fault.seed, serverError: fault.share ?? 0 };
}

/** Slow, or failing in part: throttled, failed and losing the answer in turn, so that together it is about the share. */
function callSettings({ kind, seed, share, latencyMs }: Fault): object {
  if (kind === 'slow') return { seed, latencyMs: [latencyMs, latencyMs] };
  const third = (share ?? 0) / 3;
  return { seed, tooManyRequests: third, serverError: third, loseAnswer: third };
}

/** Mulberry32: the same seed gives the same draws. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
