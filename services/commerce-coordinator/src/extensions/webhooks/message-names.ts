/**
 * The names under which webhooks know events. A registration may use the webhook name (`order.created`), every second name
 * (`payment.completed`), the type or its constant, and wildcards over names with dots: `order.*`, `*`. A body always has the webhook name.
 */
import type { EventEntry } from '@commerce/events/catalogue';
import { HEARD } from './fan-out-entries.ts';

type Entry = EventEntry<any>;

const ALL: readonly Entry[] = HEARD;
const WEBHOOK_NAMES: ReadonlyMap<string, string> = new Map(ALL.map(({ type, webhook }) => [type, webhook]));
const NAMES: ReadonlyMap<string, readonly string[]> = new Map(ALL.map((entry) => [entry.webhook, [entry.webhook, entry.type, entry.constant, ...(entry.otherNames ?? [])]]));

/** Name in the body of events of this type; undefined for one that webhooks do not tell. */
export function webhookNameOf(type: string): string | undefined {
  return WEBHOOK_NAMES.get(type);
}

/** Every webhook name. */
export function webhookNames(): string[] {
  return [...WEBHOOK_NAMES.values()];
}

/** True when a registration for `wanted` is told of events whose webhook name is `name`. */
export function isWanted(wanted: string, name: string): boolean {
  if (wanted === '*') return true;
  const names = NAMES.get(name) ?? [name];
  return wanted.endsWith('.*') ? names.some((one) => one.startsWith(wanted.slice(0, -1))) : names.includes(wanted);
}

/** True when some event has this name, or falls under this wildcard. */
export function isKnownName(wanted: string): boolean {
  return webhookNames().some((name) => isWanted(wanted, name));
}
