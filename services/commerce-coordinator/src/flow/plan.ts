/**
 * The flow as it is meant: who tells what, who hears it, and which ways lead outside. Made once, from the extensions that are loaded and
 * the map that connects them; nothing of it is written down a second time, but for what an extension's effects reach outside. Pure.
 */
import { signalLines } from '@commerce/signals/picture';
import type { HearerLine, SignalLine } from '@commerce/signals/picture';
import type { Loaded } from '../catalogue.ts';

export type EdgeKind = 'request' | 'signal' | 'all' | 'call' | 'bus' | 'dead';

/** A way, and by what it is measured. */
export interface PlannedEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  /** Events that take it. */
  readonly types: readonly string[];
  /** Whose events: those of this service, or those of others. */
  readonly origin: 'own' | 'foreign';
  /** `orders.confirm PaymentProcessed`: runs of handlers that stand for it. */
  readonly runs: readonly string[];
  /** `GET /orders/:orderId`: requests that stand for it. */
  readonly routes: readonly string[];
}

export interface PlannedHandler {
  readonly handler: string;
  readonly extension: string;
  readonly kind: string;
  readonly hears: readonly string[];
  /** Of them, those that a filter narrows. */
  readonly filtered: readonly string[];
  /** Hears all that it declares. */
  readonly watches: boolean;
}

export interface PlannedExtension {
  readonly name: string;
  readonly description: string;
  /** Signals that it declares. */
  readonly tells: readonly string[];
  readonly handlers: readonly PlannedHandler[];
  /** What its effects reach. */
  readonly outside: Outside | undefined;
}

export interface Plan {
  readonly extensions: readonly PlannedExtension[];
  readonly signals: readonly SignalLine[];
  /** Signals that stay in the log of this service. */
  readonly internal: ReadonlySet<string>;
  /** What is taken from other services, and from whom. */
  readonly foreign: Loaded['map']['foreign'];
  readonly edges: readonly PlannedEdge[];
}

interface Outside {
  readonly id: string;
  readonly kind: 'service' | 'provider' | 'mail' | 'webhooks';
  readonly title: string;
  readonly text: string;
}

/** Where the effects of an extension go. Of an extension that is not here they are measured with its handlers alone. */
const OUTSIDE: Readonly<Record<string, Outside>> = {
  fulfillment: { id: 'service:order-fulfillment', kind: 'service', title: 'Order Fulfillment', text: 'Fulfils, cancels and takes back what was paid; tells its outcome over its bus.' },
  payments: { id: 'provider', kind: 'provider', title: 'Payment provider', text: 'Charges and gives money back; tells of disputes by webhook.' },
  notifications: { id: 'mail', kind: 'mail', title: 'Mail', text: 'Letters to customers.' },
  webhooks: { id: 'webhooks', kind: 'webhooks', title: 'Webhook endpoints', text: 'Addresses of clients that are told what happens.' },
};

export const CLIENTS = 'clients';
export const INGEST = 'ingest';
export const LOG = 'log';
/** Where what others tell comes in, whatever the bus. */
export const QUEUE = 'queue';
/** Routes of the ingest, and those to which it hands on. */
const [INGEST_ROUTES, UPDATE_ROUTES] = [/^POST \/webhooks\/payments\//, /^POST \/internal\/updates\//];

export const extensionId = (name: string): string => `extension:${name}`;

export function planOf(loaded: Loaded): Plan {
  const { extensions, map } = loaded;
  const signals = signalLines(loaded);
  const handlers = handlersOf(loaded, signals);
  const planned = extensions.map(({ name, description, signals: own }): PlannedExtension => ({
    name, description, tells: own.map(({ entry }) => entry.type), handlers: handlers.filter(({ extension }) => extension === name), outside: OUTSIDE[name],
  }));
  const external = new Set(extensions.flatMap(({ signals: own }) => own.filter(({ entry }) => entry.isExternal === true).map(({ entry }) => entry.type as string)));
  return {
    extensions: planned, signals, foreign: map.foreign,
    internal: new Set(extensions.flatMap(({ signals: own }) => own.filter(({ internal }) => internal).map(({ entry }) => entry.type as string))),
    edges: merged([...signals.flatMap((line) => signalEdges(line, new Set(map.everywhere), external)), ...planned.flatMap(logEdges), ...planned.flatMap(callEdges), ...extensions.flatMap(requestEdges)]),
  };
}

/** By which request the ingest is measured: those of providers to it, and its own to the API side. */
export const ingestRoutes = (routes: readonly string[]): { readonly taken: string[]; readonly handedOn: string[] } => ({ taken: routes.filter((one) => INGEST_ROUTES.test(one)), handedOn: routes.filter((one) => UPDATE_ROUTES.test(one)) });

function handlersOf({ extensions, map }: Loaded, signals: readonly SignalLine[]): PlannedHandler[] {
  const heard = new Map<string, { readonly line: HearerLine; readonly type: string }[]>();
  for (const { signal, handlers } of signals) for (const line of handlers) heard.set(line.handler, [...(heard.get(line.handler) ?? []), { line, type: signal }]);
  return extensions.flatMap(({ name, handlers }) => Object.entries(handlers).map(([handler, { kind }]): PlannedHandler => {
    const all = heard.get(handler) ?? [];
    return { handler, extension: name, kind, hears: all.map(({ type }) => type), filtered: all.filter(({ line }) => line.filter !== undefined).map(({ type }) => type), watches: map.everywhere.includes(handler) };
  }));
}

/** From who tells it to who hears it; what watches hears it from the log. */
function signalEdges({ signal, from, fromOutside, handlers }: SignalLine, watching: ReadonlySet<string>, external: ReadonlySet<string>): PlannedEdge[] {
  return handlers.flatMap(({ handler }) => {
    const to = extensionId(extensionOf(handler));
    const edge = (source: string, kind: EdgeKind, origin: PlannedEdge['origin']): PlannedEdge => ({ from: source, to, kind, types: [signal], origin, runs: [`${handler} ${signal}`], routes: [] });
    if (watching.has(handler)) return [edge(LOG, 'all', 'own')];
    return [
      ...from.map((name) => edge(extensionId(name), 'signal', 'own')),
      ...(fromOutside.length > 0 ? [edge(QUEUE, 'signal', 'foreign')] : []),
      ...(external.has(signal) ? [edge(CLIENTS, 'signal', 'foreign')] : []),
    ];
  });
}

function logEdges({ name, tells }: PlannedExtension): PlannedEdge[] {
  return tells.length === 0 ? [] : [{ from: extensionId(name), to: LOG, kind: 'all', types: tells, origin: 'own', runs: [], routes: [] }];
}

function callEdges({ name, handlers, outside }: PlannedExtension): PlannedEdge[] {
  if (outside === undefined) return [];
  const effects = handlers.filter(({ kind }) => kind === 'effect');
  const runs = effects.flatMap(({ handler, hears }) => hears.map((type) => `${handler} ${type}`));
  return [{ from: extensionId(name), to: outside.id, kind: 'call', types: [...new Set(effects.flatMap(({ hears }) => hears))], origin: 'own', runs, routes: [] }];
}

function requestEdges({ name, routes = [] }: Loaded['extensions'][number]): PlannedEdge[] {
  return routes.length === 0 ? [] : [{ from: CLIENTS, to: extensionId(name), kind: 'request', types: [], origin: 'foreign', runs: [], routes }];
}

/** One for each way and kind, in the order in which they came. */
function merged(edges: readonly PlannedEdge[]): PlannedEdge[] {
  const all = new Map<string, PlannedEdge>();
  for (const edge of edges) {
    const key = edgeId(edge);
    const { types, runs, routes } = all.get(key) ?? { types: [], runs: [], routes: [] };
    all.set(key, { ...edge, types: [...new Set([...types, ...edge.types])], runs: [...new Set([...runs, ...edge.runs])], routes: [...new Set([...routes, ...edge.routes])] });
  }
  return [...all.values()];
}

export function edgeId({ from, to, kind }: Pick<PlannedEdge, 'from' | 'to' | 'kind'>): string {
  return `${from} ${kind} ${to}`;
}

function extensionOf(handler: string): string {
  return handler.slice(0, handler.indexOf('.'));
}
