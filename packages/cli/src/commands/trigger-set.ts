/** Changes of an example, as they stand on the command line: `lines.0.quantity=2`. Pure. */
import { UsageFault } from '../failures.ts';

/** `path=value` takes the kind of what stands there, text where nothing stands; `path:=json` is what it says. */
const CHANGE = /^([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)(:?)=(.*)$/s;
const NEVER: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** A copy of the data with the changes made, one after the other. Throws UsageFault. */
export function changed(data: object, changes: readonly string[]): Record<string, unknown> {
  const copy = structuredClone(data) as Record<string, unknown>;
  for (const change of changes) make(copy, change);
  return copy;
}

function make(data: Record<string, unknown>, change: string): void {
  const [, path = '', isJson, text = ''] = CHANGE.exec(change) ?? [];
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  if (path === '' || [...keys, last].some((key) => NEVER.has(key))) throw new UsageFault(`--set ${change} is no change: path=value, such as total=99.99 or lines.0.quantity=2; path:=json for anything else.`);
  let at: unknown = data;
  for (const [depth, key] of keys.entries()) {
    at = isHolder(at) && Object.hasOwn(at, key) ? at[key] : undefined;
    if (!isHolder(at)) throw new UsageFault(`--set ${change}: there is no object or list at "${keys.slice(0, depth + 1).join('.')}" in the example.`);
  }
  const holder = at as Record<string, unknown>;
  if (Array.isArray(holder) && !(/^\d+$/.test(last) && Number(last) <= holder.length)) throw new UsageFault(`--set ${change}: the list at "${keys.join('.')}" has ${holder.length}; the next is ${holder.length}.`);
  holder[last] = isJson === ':' ? jsonOf(text, change) : likeBefore(holder[last], text, change);
}

function isHolder(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function likeBefore(before: unknown, text: string, change: string): unknown {
  if (typeof before === 'number') {
    if (text.trim() === '' || !Number.isFinite(Number(text))) throw new UsageFault(`--set ${change}: a number stands there. Another kind is set with :=`);
    return Number(text);
  }
  if (typeof before === 'boolean') {
    if (text !== 'true' && text !== 'false') throw new UsageFault(`--set ${change}: true or false stands there. Another kind is set with :=`);
    return text === 'true';
  }
  return isHolder(before) ? jsonOf(text, change) : text;
}

function jsonOf(text: string, change: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageFault(`--set ${change}: that is no JSON: ${(error as Error).message}`, { cause: error });
  }
}
