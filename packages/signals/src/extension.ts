/**
 * What an extension brings. Everything that a check must know stands in the definition and needs no resource; `open` makes the
 * rest. One that is not in the service's list is not loaded.
 */
import type { StateStore } from '@commerce/event-log/extension';
import type { HandlerDeclaration, TimerDeclaration } from './handler.ts';
import type { Place } from './place.ts';
import { placeOfCaller } from './place.ts';
import type { Signal } from './signal.ts';

export interface Migration {
  /** Unique in the service, never changed once released. */
  readonly name: string;
  readonly sql: string;
}

/** A page or a part of a page for operators. */
export interface Panel {
  readonly id: string;
  readonly title: string;
  /** Route of this extension that gives its data. */
  readonly data: string;
}

/** Work of the service's own time, done by one process at a time. */
export interface ScheduledJob<Own> {
  readonly name: string;
  /** From the end of one run to the beginning of the next, in ms. */
  readonly everyMs: number;
  readonly run: (own: Own, signal: AbortSignal) => Promise<void>;
}

export interface ExtensionParts<State, Own, Resources, App, Fields extends object> {
  /** Also the first part of its handlers' names. */
  readonly name: string;
  readonly description: string;
  /** `source` of its events, for example `order-service`. */
  readonly source: string;
  /** Extensions that must be loaded too. */
  readonly needs?: readonly string[];
  /** Variables of the environment that it reads, as the service declares them. */
  readonly configuration?: Fields;
  readonly signals: readonly Signal<any>[];
  /** By full name, `orders.fulfill`. */
  readonly handlers: Readonly<Record<string, HandlerDeclaration>>;
  readonly timers?: Readonly<Record<string, TimerDeclaration>>;
  /** Rows of its own, one per subject. */
  readonly store: StateStore<State>;
  readonly migrations?: readonly Migration[];
  /** Tables that its migrations make; nobody else writes them. */
  readonly tables?: readonly string[];
  /** What its handlers, routes and jobs need: connections, clients, settings. */
  readonly open: (resources: Resources) => Own | Promise<Own>;
  /** `METHOD /path` of every route that `addRoutes` adds. */
  readonly routes?: readonly `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`[];
  readonly addRoutes?: (app: App, own: Own, resources: Resources) => void | Promise<void>;
  readonly panels?: readonly Panel[];
  readonly jobs?: readonly ScheduledJob<Own>[];
}

/** A definition with the place where it stands. */
export type ExtensionDefinition<State = any, Own = any, Resources = any, App = any, Fields extends object = object> =
  ExtensionParts<State, Own, Resources, App, Fields> & { readonly definedAt: Place | undefined };

/** Keeps the types of names, handlers and fields; see `ExtensionParts`. */
export function defineExtension<State, Own, Resources, App, Fields extends object, const Parts extends ExtensionParts<State, Own, Resources, App, Fields>>(
  parts: Parts & ExtensionParts<State, Own, Resources, App, Fields>,
): Parts & { readonly definedAt: Place | undefined } {
  return { ...parts, definedAt: placeOfCaller(defineExtension) };
}
