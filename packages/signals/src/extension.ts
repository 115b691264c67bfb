/**
 * What an extension brings. Everything that a check must know stands in the definition and needs no resource; `open` makes the
 * rest. One that is not in the service's list is not loaded.
 */
import type { StateStore } from '@commerce/event-log/extension';
import type { Projection } from '@commerce/event-log/rebuild';
import { frozen } from './frozen.ts';
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
  /** Full name, `fulfillment.reconcile`. */
  readonly name: string;
  /** From the end of one run to the beginning of the next, in ms. */
  readonly everyMs: (own: Own) => number;
  /** Resolves with true when more is left: then it is due again at once. Ends soon after the signal is aborted. */
  readonly run: (own: Own, signal: AbortSignal) => Promise<boolean>;
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
  /** The same rows, for its handlers and timers, with what was opened: where a store needs more than its transaction. */
  readonly openStore?: (own: Own) => StateStore<State>;
  /** See `Extension` of the log. */
  readonly mostSubjects?: number;
  readonly migrations?: readonly Migration[];
  /** Tables that its migrations make; nobody else writes them. */
  readonly tables?: readonly string[];
  /** Those of them whose rows are what the log tells, so that they can be built anew from it. */
  readonly projections?: readonly Projection[];
  /**
   * What it opens of its own, before anything of any extension is opened: `open`, `addRoutes` and other extensions find it among
   * the resources under the name of this one. It takes what the service offers, registers there how it is closed, and may look
   * at what others provide only when it is called later: they come in the order of the list.
   */
  readonly provide?: (resources: any) => object | Promise<object>;
  /** What its handlers, routes and jobs need, from what the service offers and the extensions provide. */
  readonly open: (resources: Resources) => Own | Promise<Own>;
  /** `METHOD /path` of every route that `addRoutes` adds. */
  readonly routes?: readonly `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`[];
  readonly addRoutes?: (app: App, own: Own, resources: Resources) => void | Promise<void>;
  /** Problems that its routes answer with, by code. */
  readonly problems?: Readonly<Record<string, object>>;
  readonly panels?: readonly Panel[];
  readonly jobs?: readonly ScheduledJob<Own>[];
}

/** What the `open` and the `provide` of these extensions take, all together. */
export type ResourcesOf<All extends readonly ExtensionDefinition[]> = AllOf<{ [Index in keyof All]: TakenBy<All[Index], 'open'> }[number]> & AllOf<{ [Index in keyof All]: TakenBy<All[Index], 'provide'> }[number]>;
type TakenBy<Each, Part extends 'open' | 'provide'> = Each extends { readonly [Name in Part]: (resources: infer Resources) => unknown } ? Resources : never;

/** What these extensions provide, each under its name. */
export type ProvidedBy<All extends readonly ExtensionDefinition[]> = AllOf<{
  [Index in keyof All]: All[Index] extends { readonly name: infer Name extends string; readonly provide: (resources: any) => infer Provided } ? Readonly<Record<Name, Awaited<Provided>>> : object
}[number]>;

/** The configuration of these extensions, all together. */
export type FieldsOf<All extends readonly ExtensionDefinition[]> = AllOf<{ [Index in keyof All]: All[Index] extends { readonly configuration: infer Fields } ? Fields : object }[number]>;

type AllOf<Union> = (Union extends unknown ? (given: Union) => void : never) extends (given: infer All) => void ? All : never;

/** The fields of all, for one declaration. */
export function fieldsOf<const All extends readonly ExtensionDefinition[]>(definitions: All): FieldsOf<All> {
  return Object.assign({}, ...definitions.map(({ configuration }) => configuration ?? {})) as FieldsOf<All>;
}

/** A definition with the place where it stands. */
export type ExtensionDefinition<State = any, Own = any, Resources = any, App = any, Fields extends object = object> =
  ExtensionParts<State, Own, Resources, App, Fields> & { readonly definedAt: Place | undefined };

/** Keeps the types of names, handlers and fields; see `ExtensionParts`. Nothing of it can be changed afterwards. */
export function defineExtension<State, Own, Resources, App, Fields extends object, const Parts extends ExtensionParts<State, Own, Resources, App, Fields>>(
  parts: Parts & ExtensionParts<State, Own, Resources, App, Fields>,
): Parts & { readonly definedAt: Place | undefined } {
  return frozen({ ...parts, definedAt: placeOfCaller(defineExtension) });
}
