/** A replay as somebody wishes it: what is typed, what is wrong with it, and what is sent. Pure, but for the zone of the browser. */
import type { paths } from '../../openapi.ts';
import { patternFault, timeOf } from '../events/search.ts';

export type Replay = paths['/api/replays/{replayId}']['get']['responses']['200']['content']['application/json'];
export type StartBody = paths['/api/replays']['post']['requestBody']['content']['application/json'];
export type TargetKind = 'handler' | 'extension' | 'endpoint' | 'bus' | 'projection';

export interface Wish {
  readonly kind: TargetKind;
  /** Of the handler, the extension, the projection; id of the endpoint. */
  readonly target: string;
  readonly types: string;
  readonly orderId: string;
  readonly correlationId: string;
  readonly from: string;
  readonly to: string;
  readonly filter: string;
  readonly all: boolean;
  readonly rate: string;
}

export const EMPTY_WISH: Wish = { kind: 'handler', target: '', types: '', orderId: '', correlationId: '', from: '', to: '', filter: '', all: false, rate: '' };

export const TARGETS: readonly { readonly kind: TargetKind; readonly name: string; readonly hint: string }[] = [
  { kind: 'handler', name: 'one handler', hint: 'The live handler decides once more, on the live row.' },
  { kind: 'extension', name: 'an extension', hint: 'Each of its transactional handlers that hears the event.' },
  { kind: 'endpoint', name: 'a webhook', hint: 'A delivery for each event, under its id.' },
  { kind: 'bus', name: 'the bus', hint: 'Published once more under the same id; whoever has taken it knows it.' },
  { kind: 'projection', name: 'rows, built anew', hint: 'From all events of the projection, in the place of the live rows when they are the same.' },
];

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NARROWING = ['types', 'orderId', 'correlationId', 'from', 'to', 'filter'] as const;

export function wishFaults(wish: Wish): Partial<Record<keyof Wish, string>> {
  const faults: Partial<Record<keyof Wish, string>> = {};
  if (wish.kind !== 'bus' && wish.target.trim() === '') faults.target = 'Choose one.';
  if (wish.kind === 'endpoint' && wish.target !== '' && !UUID.test(wish.target)) faults.target = 'The id of a webhook.';
  if (wish.kind !== 'projection' && !wish.all && NARROWING.every((field) => wish[field].trim() === '')) faults.all = 'Say which events: an order, a time, types … or all of them.';
  if (wish.types.trim() !== '' && typesOf(wish.types).some((type) => !/^[A-Za-z][A-Za-z0-9_.]{0,127}$/.test(type))) faults.types = 'Names of types with commas between them.';
  if (wish.correlationId.trim() !== '' && !UUID.test(wish.correlationId.trim())) faults.correlationId = 'A correlation id is a UUID.';
  for (const field of ['from', 'to'] as const) if (wish[field].trim() !== '' && timeOf(wish[field], 0) === undefined) faults[field] = 'A time, or how long ago: 15m, 3h, 2d.';
  if (wish.filter.trim() !== '') {
    const fault = patternFault(wish.filter);
    if (fault !== undefined) faults.filter = fault;
  }
  if (wish.rate.trim() !== '' && !(Number.isInteger(Number(wish.rate)) && Number(wish.rate) >= 1 && Number(wish.rate) <= 10_000)) faults.rate = 'From 1 to 10,000.';
  return faults;
}

/** A dry run: what it would change is looked at first. */
export function dryRunOf(wish: Wish, nowMs: number): Omit<StartBody, 'reason'> {
  const { rate } = wish;
  return { target: targetOf(wish), mode: 'dry', ...(wish.kind !== 'projection' && { selection: selectionOf(wish, nowMs) }), ...(rate.trim() !== '' && { rate: Number(rate) }) } as Omit<StartBody, 'reason'>;
}

function targetOf({ kind, target }: Wish): Record<string, unknown> {
  return kind === 'bus' ? { bus: true } : { [kind]: target.trim() };
}

function selectionOf(wish: Wish, nowMs: number): Record<string, unknown> {
  if (wish.all) return { all: true };
  const given = {
    types: wish.types.trim() === '' ? undefined : typesOf(wish.types), orderId: wish.orderId.trim() || undefined, correlationId: wish.correlationId.trim() || undefined,
    from: timeOf(wish.from, nowMs), to: timeOf(wish.to, nowMs), filter: wish.filter.trim() || undefined,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function typesOf(text: string): string[] {
  return text.split(',').map((one) => one.trim()).filter((one) => one !== '');
}

/** `orders.confirm`, `webhook 0193…`, `the bus`. */
export function targetText(target: Replay['target']): string {
  if ('handler' in target) return target.handler;
  if ('extension' in target) return `extension ${target.extension}`;
  if ('endpoint' in target) return `webhook …${target.endpoint.slice(-12)}`;
  return 'projection' in target ? `rebuild of ${target.projection}` : 'the bus';
}

export function selectionText({ types, orderId, correlationId, from, to, filter }: Replay['selection']): string {
  const parts = [
    types?.join(', '), orderId === undefined ? undefined : `of ${orderId}`, correlationId === undefined ? undefined : `correlation ${correlationId}`,
    from === undefined ? undefined : `from ${from}`, to === undefined ? undefined : `to ${to}`, filter === undefined ? undefined : `like ${filter}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? 'all events' : parts.join(' · ');
}

/** Some targets do nothing but what is outside of the database. */
export function needsEffects(target: Replay['target']): boolean {
  return 'endpoint' in target || 'bus' in target;
}

export const REPLAY_TONES = { waiting: 'busy', running: 'busy', stopped: 'warn', done: 'good', failed: 'bad' } as const;

export function isUnderWay({ state }: Pick<Replay, 'state'>): boolean {
  return state === 'waiting' || state === 'running';
}
