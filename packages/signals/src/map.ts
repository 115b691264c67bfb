/**
 * The map: which handler hears which signal, and how. The only place where a handler is connected.
 */
import type { RetryPolicy } from '@commerce/event-log/extension';
import type { ExtensionDefinition } from './extension.ts';
import { frozen } from './frozen.ts';
import type { HandlerDeclaration } from './handler.ts';
import { placeOfCaller } from './place.ts';

/** How a handler hears a signal. */
export interface Connection<Name extends string = string> {
  readonly handler: Name;
  /** EventBridge pattern over `{source, detail-type, detail}`: what does not match is ignored, and the ledger says so. */
  readonly filter?: object;
  /** Higher goes first among due effects of the extension. A hint, never a dependency. Default 0. */
  readonly priority?: number;
  /** Effects: runs at once in one process for this signal, beside those for others. Without it the handler's own number holds for all its signals together (default 16). Minimum 1. */
  readonly concurrency?: number;
  readonly retry?: Partial<RetryPolicy>;
  /** Effects: time for one run, in ms. */
  readonly timeBudgetMs?: number;
  /** A handler that is new here hears everything that the log still has, not only what comes. */
  readonly from?: 'beginning';
}

/** A handler's name alone, when nothing else is to be said. */
export type Connected<Name extends string = string> = Name | Connection<Name>;

export interface ForeignSignal {
  /** Who publishes it. */
  readonly source: string;
  readonly type: string;
}

export interface SignalMap {
  readonly connections: Readonly<Record<string, readonly Connection[]>>;
  /** Handlers that hear all that they declare, as far as it is loaded. Their connections stand among the others. */
  readonly everywhere: readonly string[];
  readonly foreign: readonly ForeignSignal[];
  /** Handlers that are gone: `drop` their work, or the new name that takes it over. */
  readonly retired: Readonly<Record<string, string>>;
  /** Signals that nobody hears here, each with the reason: who would hear them is not loaded. */
  readonly unheard: Readonly<Record<string, string>>;
  /** Handlers that hear nothing here (`payments.owe`), or not this signal (`OrderFulfilled → payments.owe`), each with the reason. */
  readonly unconnected: Readonly<Record<string, string>>;
  /** The file in which the map stands, for messages. */
  readonly file: string | undefined;
}

type Handlers<All extends readonly ExtensionDefinition[]> = { [Index in keyof All]: All[Index]['handlers'] }[number];
type NamesOf<Each> = Each extends object ? Extract<keyof Each, string> : never;
type DeclarationOf<Each, Name extends string> = Each extends Readonly<Record<Name, infer Declaration>> ? Declaration : never;
type TypesOf<Declaration> = Declaration extends HandlerDeclaration<infer Types> ? Types : never;
type Hearing<Each, Type extends string> = { [Name in NamesOf<Each>]: Type extends TypesOf<DeclarationOf<Each, Name>> ? Name : never }[NamesOf<Each>];
type HeardTypes<Each> = { [Name in NamesOf<Each>]: TypesOf<DeclarationOf<Each, Name>> }[NamesOf<Each>];

/** What the map of these extensions may say: a handler stands only under a signal that it understands. */
export type MapOf<All extends readonly ExtensionDefinition[]> = { readonly [Type in HeardTypes<Handlers<All>>]?: readonly Connected<Hearing<Handlers<All>, Type>>[] };

export interface MapOptions<Name extends string = string> {
  /** Handlers that watch: each is connected to every loaded signal that it declares to hear, behind those that are named there. */
  readonly everywhere?: readonly Name[];
  /** Signals that come from other services; nothing else is taken from outside. */
  readonly foreign?: readonly ForeignSignal[];
  readonly retired?: Readonly<Record<string, string>>;
  readonly unheard?: Readonly<Record<string, string>>;
  /** `payments.owe` for all that it hears, `OrderFulfilled → payments.owe` for one signal. */
  readonly unconnected?: Readonly<Record<string, string>>;
}

/** Makes the map; nothing of it can be changed afterwards. */
export function defineSignalMap<const All extends readonly ExtensionDefinition[]>(
  extensions: All,
  connections: MapOf<All>,
  { everywhere = [], foreign = [], retired = {}, unheard = {}, unconnected = {} }: MapOptions<NamesOf<Handlers<All>>> = {},
): SignalMap {
  const named = (Object.entries(connections) as [string, readonly Connected[]][])
    .map(([type, connected]): [string, readonly Connection[]] => [type, connected.map((one) => (typeof one === 'string' ? { handler: one } : one))]);
  return frozen({
    connections: withWatchers(Object.fromEntries(named), { extensions, everywhere, foreign }),
    everywhere, foreign, retired, unheard, unconnected,
    file: placeOfCaller(defineSignalMap)?.file,
  });
}

/** The connections, and those of the handlers that hear all that they declare. One that is named under a signal already stays as it is. */
function withWatchers(named: SignalMap['connections'], { extensions, everywhere, foreign }: Pick<SignalMap, 'everywhere' | 'foreign'> & { readonly extensions: readonly ExtensionDefinition[] }): SignalMap['connections'] {
  const loaded = new Set([...extensions.flatMap(({ signals }) => signals.map(({ entry }) => entry.type as string)), ...foreign.map(({ type }) => type)]);
  const connections: Record<string, readonly Connection[]> = { ...named };
  for (const name of everywhere) {
    const handler: HandlerDeclaration | undefined = extensions.map(({ handlers }) => handlers[name]).find((one) => one !== undefined);
    for (const { type } of handler?.hears ?? []) {
      const there = connections[type] ?? [];
      if (loaded.has(type) && !there.some((one) => one.handler === name)) connections[type] = [...there, { handler: name }];
    }
  }
  return connections;
}
