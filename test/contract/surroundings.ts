/** Who hears events today: the patterns of the CDK app, the maps of both services, and, with a database, the webhook endpoints there and what is stored. */
import { EXTENSIONS } from '@commerce/commerce-coordinator/extensions';
import { MAP } from '@commerce/commerce-coordinator/signals';
import { isWanted, webhookNameOf } from '@commerce/commerce-coordinator/webhook-names';
import { synthesise } from '@commerce/infra/app';
import { SIGNALS } from '@commerce/order-fulfillment/signals';
import pg from 'pg';
import type { Gate, Hearer, Subscriber, Surroundings } from './impact.ts';

const KINDS: Readonly<Record<string, string>> = { 'AWS::Events::Rule': 'rule', 'AWS::Events::Archive': 'archive' };

/** `databaseUrl`: of the service whose stored events are counted, and whose webhook endpoints are looked at where it has such; without it nobody counts or looks. */
export async function readSurroundings(databaseUrl?: string): Promise<Surroundings> {
  return { gates: readGates(), hearers: readHearers(), ...(databaseUrl !== undefined && (await readStored(databaseUrl))) };
}

function readGates(): Gate[] {
  return synthesise().flatMap(({ stackName, template }) => Object.entries(template['Resources'] as Readonly<Record<string, any>>).flatMap(([id, { Type: kind, Properties }]): Gate[] => {
    const pattern = Properties?.EventPattern as Gate['pattern'] | undefined;
    const name: unknown = Properties?.Name ?? Properties?.ArchiveName;
    return KINDS[kind] === undefined || pattern === undefined ? [] : [{ name: `${KINDS[kind]} ${typeof name === 'string' ? name : id} of ${stackName}`, pattern }];
  }));
}

function readHearers(): Hearer[] {
  const loaded = new Set(EXTENSIONS.map(({ name }): string => name));
  const own = Object.entries(MAP.connections).flatMap(([type, connections]) => connections.map(({ handler, filter }): Hearer => ({ type, service: 'commerce-coordinator', handler, ...(filter !== undefined && { filter: filter as NonNullable<Hearer['filter']> }) })));
  const fulfilling = Object.entries(SIGNALS).flatMap(([type, handlers]) => handlers.map((handler): Hearer => ({ type, service: 'order-fulfillment', handler })));
  return [...own.filter(({ handler }) => loaded.has(handler.slice(0, handler.indexOf('.')))), ...fulfilling];
}

/** Reads the whole log: for a person who asks, not for a service. */
async function readStored(databaseUrl: string): Promise<Pick<Surroundings, 'stored' | 'webhooks'>> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const stored = await countStored(client);
    const endpoints = await readEndpoints(client);
    return { stored, ...(endpoints !== undefined && { webhooks: (type: string) => subscribersOf(endpoints, type) }) };
  } finally {
    await client.end();
  }
}

/** Events in the log, by `OrderCreated.v1`. */
async function countStored(client: pg.Client): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query("SELECT type || '.' || version AS name, count(*)::float8 AS count FROM events GROUP BY type, version");
  return new Map(rows.map(({ name, count }): [string, number] => [name, count]));
}

interface EndpointRow {
  readonly endpoint_id: string;
  readonly owner: string;
  /** Names as they were given: `order.created`, `order.*`, `*`. */
  readonly events: readonly string[];
  readonly filter: NonNullable<Subscriber['filter']> | null;
}

/** Undefined in the database of a service that sends no webhooks. One that is disabled is among them: what it missed is sent by a replay. */
async function readEndpoints(client: pg.Client): Promise<readonly EndpointRow[] | undefined> {
  const { rows: [found] } = await client.query("SELECT to_regclass('webhook_endpoints') IS NOT NULL AS is_there");
  if (found?.is_there !== true) return undefined;
  return (await client.query<EndpointRow>('SELECT endpoint_id, owner, events, filter FROM webhook_endpoints ORDER BY owner, endpoint_id')).rows;
}

function subscribersOf(endpoints: readonly EndpointRow[], type: string): Subscriber[] {
  const name = webhookNameOf(type);
  if (name === undefined) return [];
  return endpoints
    .filter(({ events, filter }) => events.some((wanted) => isWanted(wanted, name)) && passesName(filter, name))
    .map(({ endpoint_id: endpointId, owner, filter }) => ({ name: `${owner} (${endpointId})`, ...(filter !== null && { filter }) }));
}

/** A filter may want some names alone. A condition on the name that is no plain list may let it through. */
function passesName(filter: EndpointRow['filter'], name: string): boolean {
  const names = filter?.['event'];
  return !Array.isArray(names) || names.includes(name) || names.some((one) => typeof one !== 'string');
}
