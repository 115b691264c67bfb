/** The map of signals to read: as text, as a Mermaid diagram, as JSON. Pure. */
import type { RetryPolicy } from '@commerce/event-log/extension';
import type { ExtensionDefinition } from './extension.ts';
import type { HandlerDeclaration } from './handler.ts';
import { insideOf } from './inside.ts';
import type { Connection, ForeignSignal, SignalMap } from './map.ts';

export interface Mapped {
  readonly extensions: readonly ExtensionDefinition[];
  readonly map: SignalMap;
  /** How foreign signals arrive, when that is known. */
  readonly ways?: readonly Way[];
  /** Of these signals alone; of all when left out. */
  readonly types?: readonly string[];
}

/** The way of a foreign signal into this service. */
export interface Way extends ForeignSignal {
  readonly rule: string;
  readonly queue: string;
}

/** A handler with the settings that hold for it: those of the map before its own. What is left out is the engine's default. */
export interface HearerLine {
  readonly handler: string;
  readonly kind: string;
  readonly filter?: object;
  readonly from?: 'beginning';
  readonly priority?: number;
  /** Runs at once in one process. */
  readonly concurrency?: number;
  readonly timeBudgetMs?: number;
  readonly retry?: Partial<RetryPolicy>;
  readonly ordered?: false;
  /** Effects: what makes a second run harmless. */
  readonly idempotency?: string;
}

/** One signal with its senders and hearers. */
export interface SignalLine {
  readonly signal: string;
  /** Extensions that declare it. */
  readonly from: readonly string[];
  /** Other services that send it, and how it comes when that is known. */
  readonly fromOutside: readonly (ForeignSignal & Partial<Way>)[];
  readonly handlers: readonly HearerLine[];
  /** Why nobody needs to hear it. */
  readonly unheard?: string;
}

/** Every signal that is declared, connected or foreign, in the order of the map, then of the extensions. */
export function signalLines({ extensions, map, ways = [], types }: Mapped): SignalLine[] {
  const all = new Set([...Object.keys(map.connections), ...extensions.flatMap(({ signals }) => signals.map(({ entry }) => entry.type))]);
  const handlers = new Map(extensions.flatMap((extension) => Object.entries(extension.handlers)));
  return [...all].filter((signal) => types === undefined || types.includes(signal)).map((signal) => {
    const declaring = extensions.filter(({ signals }) => signals.some(({ entry }) => entry.type === signal));
    const unheard = declaring.flatMap(({ signals }) => signals).find(({ entry }) => entry.type === signal)?.unheard;
    const reason = map.unheard[signal] ?? unheard;
    return {
      signal,
      from: declaring.map(({ name }) => name),
      fromOutside: map.foreign.filter(({ type }) => type === signal).map((foreign) => ({ ...ways.find(({ source, type }) => source === foreign.source && type === signal), ...foreign })),
      handlers: (map.connections[signal] ?? []).map((one) => hearerLine(one, handlers.get(one.handler))),
      ...(reason === undefined ? {} : { unheard: reason }),
    };
  });
}

function hearerLine({ handler, ...said }: Connection, declaration: HandlerDeclaration | undefined): HearerLine {
  if (declaration === undefined) return { handler, kind: 'unknown', ...said };
  const inside = insideOf(declaration);
  if (inside.kind !== 'effect') return { handler, kind: inside.kind, ...said };
  const { concurrency, timeBudgetMs, retry, ordered, idempotency } = inside.parts;
  return {
    handler, kind: 'effect', ...(concurrency !== undefined && { concurrency }), ...(timeBudgetMs !== undefined && { timeBudgetMs }), ...(ordered === false && { ordered }), ...said,
    ...((retry ?? said.retry) !== undefined && { retry: { ...retry, ...said.retry } }), idempotency,
  };
}

/** A paragraph per signal, then those that nobody hears, then what is retired. What makes an effect harmless twice is said of chosen signals only. */
export function mapAsText(mapped: Mapped): string {
  const lines = signalLines(mapped);
  const heard = lines.filter(({ handlers }) => handlers.length > 0);
  const unheard = lines.filter(({ handlers }) => handlers.length === 0);
  const unconnected = mapped.types === undefined ? Object.entries(mapped.map.unconnected) : [];
  const retired = mapped.types === undefined ? Object.entries(mapped.map.retired) : [];
  return [
    ...heard.map((line) => [headOf(line), ...columns(line.handlers.map((one) => [`  → ${one.handler}`, settingsOf(one)])).flatMap((text, index) => [text, ...(mapped.types === undefined ? [] : harmlessness(line.handlers[index]))])].join('\n')),
    ...(unheard.length === 0 ? [] : [['Heard by nobody here:', ...columns(unheard.map((line) => [`  ${headOf(line)}`, line.unheard ?? 'not connected']))].join('\n')]),
    ...(unconnected.length === 0 ? [] : [['Not connected here:', ...columns(unconnected.map(([name, reason]) => [`  ${name}`, reason]))].join('\n')]),
    ...(retired.length === 0 ? [] : [['Retired:', ...retired.map(([name, heir]) => `  ${name}: ${heir === 'drop' ? 'its work is dropped' : `its work goes to ${heir}`}`)].join('\n')]),
  ].join('\n\n');
}

function headOf({ signal, from, fromOutside }: SignalLine): string {
  const outside = fromOutside.map(({ source, rule, queue }) => `${source}${rule === undefined ? '' : ` by the rule ${rule} and the queue ${queue}`}`);
  return `${signal}  ← ${[...from, ...outside.map((way) => `from outside: ${way}`)].join(', ')}`;
}

function harmlessness(hearer: HearerLine | undefined): string[] {
  return hearer?.idempotency === undefined ? [] : [`      ${hearer.idempotency}`];
}

/** The second column begins at one place. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`);
}

function settingsOf({ kind, priority, concurrency, timeBudgetMs, retry, filter, from, ordered }: HearerLine): string {
  return [
    kind,
    ...(filter === undefined ? [] : [`only ${JSON.stringify(filter)}`]),
    ...(from === undefined ? [] : ['from the beginning']),
    ...(priority === undefined ? [] : [`priority ${priority}`]),
    ...(concurrency === undefined ? [] : [`${concurrency} at once in a process`]),
    ...(timeBudgetMs === undefined ? [] : [`at most ${inWords(timeBudgetMs)} a run`]),
    ...(ordered === undefined ? [] : ['in any order']),
    ...(retry === undefined ? [] : [retryInWords(retry)]),
  ].join(', ');
}

function retryInWords({ baseMs, maxMs, maxAttempts }: Partial<RetryPolicy>): string {
  const parts = [
    ...(baseMs === undefined ? [] : [`from ${inWords(baseMs)}`]), ...(maxMs === undefined ? [] : [`up to ${inWords(maxMs)}`]), ...(maxAttempts === undefined ? [] : [`${maxAttempts.toLocaleString('en')} attempts`]),
  ];
  return `retried ${parts.join(', ')}`;
}

function inWords(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1_000} s`;
}

/** Extensions with their handlers as boxes; senders → signals → handlers, left to right. Effects lean. */
export function mapAsMermaid(mapped: Mapped): string {
  const id = (prefix: string, text: string): string => `${prefix}_${text.replace(/\W/g, '_')}`;
  const lines = signalLines(mapped);
  const handlers = new Map(lines.flatMap((line) => line.handlers).map((one): [string, HearerLine] => [one.handler, one]));
  const boxes = mapped.extensions.flatMap(({ name }) => {
    const own = [...handlers.values()].filter(({ handler }) => handler.startsWith(`${name}.`));
    if (own.length === 0) return lines.some(({ from }) => from.includes(name)) ? [`  ${id('x', name)}["${name}"]`] : [];
    return [`  subgraph ${id('x', name)}["${name}"]`, ...own.map(({ handler, kind }) => `    ${id('h', handler)}${kind === 'effect' ? `[/"${handler}"/]` : `["${handler}"]`}`), '  end'];
  });
  const sources = new Set(lines.flatMap(({ fromOutside }) => fromOutside.map(({ source }) => source)));
  return [
    'flowchart LR', ...boxes,
    ...[...sources].map((source) => `  ${id('o', source)}[["${source}"]]`),
    ...lines.flatMap(({ signal, from, fromOutside, handlers: hearers }) => [
      `  ${id('s', signal)}(["${signal}"])`,
      ...from.map((sender) => `  ${id('x', sender)} --> ${id('s', signal)}`),
      ...fromOutside.map(({ source }) => `  ${id('o', source)} --> ${id('s', signal)}`),
      ...hearers.map(({ handler, filter }) => `  ${id('s', signal)} -->${filter === undefined ? '' : '|filtered|'} ${id('h', handler)}`),
    ]),
  ].join('\n');
}

export function mapAsJson(mapped: Mapped): string {
  return JSON.stringify({ signals: signalLines(mapped), foreign: mapped.map.foreign, retired: mapped.map.retired, unconnected: mapped.map.unconnected }, null, 2);
}
