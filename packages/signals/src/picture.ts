/** The map of signals to read: as text, as a Mermaid diagram, as JSON. Pure. */
import type { ExtensionDefinition } from './extension.ts';
import type { Connection, SignalMap } from './map.ts';

export interface Mapped {
  readonly extensions: readonly ExtensionDefinition[];
  readonly map: SignalMap;
}

/** One signal with its sender and hearers. */
export interface SignalLine {
  readonly signal: string;
  /** The extension that declares it, or the source of a foreign one. */
  readonly from: readonly string[];
  readonly handlers: readonly (Connection & { readonly kind: string })[];
  /** Why nobody hears it. */
  readonly unheard?: string;
}

/** Every signal that is declared, connected or foreign, in the order of the map, then of the extensions. */
export function signalLines({ extensions, map }: Mapped): SignalLine[] {
  const types = new Set([...Object.keys(map.connections), ...extensions.flatMap(({ signals }) => signals.map(({ entry }) => entry.type))]);
  const kinds = new Map(extensions.flatMap(({ handlers }) => Object.entries(handlers).map(([name, { kind }]): [string, string] => [name, kind])));
  return [...types].map((signal) => {
    const declaring = extensions.filter(({ signals }) => signals.some(({ entry }) => entry.type === signal));
    const unheard = declaring.flatMap(({ signals }) => signals).find(({ entry }) => entry.type === signal)?.unheard;
    return {
      signal,
      from: [...declaring.map(({ name }) => name), ...map.foreign.filter(({ type }) => type === signal).map(({ source }) => source)],
      handlers: (map.connections[signal] ?? []).map((one) => ({ ...one, kind: kinds.get(one.handler) ?? 'unknown' })),
      ...(unheard === undefined ? {} : { unheard }),
    };
  });
}

/** A paragraph per signal. */
export function mapAsText(mapped: Mapped): string {
  return signalLines(mapped).map(({ signal, from, handlers, unheard }) => {
    const head = `${signal}  (from ${from.join(', ')})`;
    if (handlers.length === 0) return `${head}\n  heard by nobody: ${unheard ?? 'not connected'}`;
    return [head, ...handlers.map((one) => `  → ${one.handler}${settingsOf(one)}`)].join('\n');
  }).join('\n\n');
}

/** Senders → signals → handlers, left to right. */
export function mapAsMermaid(mapped: Mapped): string {
  const id = (text: string): string => text.replace(/[^A-Za-z0-9]/g, '_');
  const lines = signalLines(mapped).flatMap(({ signal, from, handlers }) => [
    `  ${id(signal)}(["${signal}"])`,
    ...from.map((sender) => `  x_${id(sender)}["${sender}"] --> ${id(signal)}`),
    ...handlers.map(({ handler, kind }) => `  ${id(signal)} --> h_${id(handler)}${kind === 'effect' ? `[/"${handler}"/]` : `["${handler}"]`}`),
  ]);
  return ['flowchart LR', ...new Set(lines)].join('\n');
}

export function mapAsJson(mapped: Mapped): string {
  return JSON.stringify({ signals: signalLines(mapped), foreign: mapped.map.foreign, retired: mapped.map.retired }, null, 2);
}

function settingsOf({ kind, priority, concurrency, timeBudgetMs, retry, filter, from }: SignalLine['handlers'][number]): string {
  const said = [
    kind,
    ...(priority === undefined ? [] : [`priority ${priority}`]),
    ...(concurrency === undefined ? [] : [`${concurrency} at once`]),
    ...(timeBudgetMs === undefined ? [] : [`at most ${timeBudgetMs} ms`]),
    ...(retry === undefined ? [] : [`retry ${JSON.stringify(retry)}`]),
    ...(filter === undefined ? [] : [`only ${JSON.stringify(filter)}`]),
    ...(from === undefined ? [] : ['from the beginning']),
  ];
  return `  [${said.join(', ')}]`;
}
