/**
 * The names under which webhooks know events. A registration may use the webhook name (`order.created`), every second name
 * (`payment.completed`), the type or its constant, and wildcards over names with dots: `order.*`, `*`. A body always has the webhook name.
 * What fails inside the service (`job.failed`) is told only to who names it; `*` is everything else. Who has done what (`audit.recorded`)
 * is told to nobody: it names people and addresses of others.
 */
import type { EventEntry } from '@commerce/events/catalogue';
import { AuditRecorded } from '@commerce/events/entries';
import { JobFailed } from '@commerce/events/entries/jobs';
import { insideOf, outside } from '@commerce/events/inside';
import { HEARD } from './fan-out-entries.ts';

type Entry = EventEntry<any>;

/** What fails in the service is told, too, without being an event of the log; see job-failures.ts. */
const ALL: readonly Entry[] = [...HEARD.filter((entry: Entry) => entry !== AuditRecorded), JobFailed];
const WEBHOOK_NAMES: ReadonlyMap<string, string> = new Map(ALL.map(({ type, webhook }) => [type, webhook]));
const NAMES: ReadonlyMap<string, readonly string[]> = new Map(ALL.map((entry) => [entry.webhook, [entry.webhook, entry.type, entry.constant, ...(entry.otherNames ?? [])]]));

/** Name in the body of events of this type; undefined for one that webhooks do not tell. */
export function webhookNameOf(type: string): string | undefined {
  return WEBHOOK_NAMES.get(type);
}

const INSIDE = insideOf(ALL);

/** An event as webhooks tell it: without what its entry keeps inside. */
export function outsideView<Event extends { readonly type: string; readonly data: unknown }>(event: Event): Event {
  return outside(INSIDE, event);
}

/** Every webhook name. */
export function webhookNames(): string[] {
  return [...WEBHOOK_NAMES.values()];
}

/** True when a registration for `wanted` is told of events whose webhook name is `name`. */
export function isWanted(wanted: string, name: string): boolean {
  if (wanted === '*') return name !== JobFailed.webhook;
  const names = NAMES.get(name) ?? [name];
  return wanted.endsWith('.*') ? names.some((one) => one.startsWith(wanted.slice(0, -1))) : names.includes(wanted);
}

/** True for events about an endpoint: its owner alone hears them. */
export function tellsOfEndpoint(name: string): boolean {
  return name.startsWith('webhook.');
}

/** True when this event is none of somebody else's endpoint. `data`: of the event. */
export function mayHear({ owner }: { readonly owner: string }, name: string, data: unknown): boolean {
  return !tellsOfEndpoint(name) || (data as { readonly owner?: unknown }).owner === owner;
}

/** True for a name of events that webhooks never tell. */
export function isWithheld(wanted: string): boolean {
  return [AuditRecorded.webhook, AuditRecorded.type, AuditRecorded.constant, ...(AuditRecorded.otherNames ?? []), 'audit.*'].includes(wanted);
}

/** True when some event has this name, or falls under this wildcard. */
export function isKnownName(wanted: string): boolean {
  return webhookNames().some((name) => isWanted(wanted, name));
}
