/** Who hears events today: the patterns of the CDK app, the maps of both services, and, with a database, what is stored there. */
import { EXTENSIONS } from '@commerce/commerce-coordinator/extensions';
import { MAP } from '@commerce/commerce-coordinator/signals';
import { synthesise } from '@commerce/infra/app';
import { SIGNALS } from '@commerce/order-fulfillment/signals';
import pg from 'pg';
import type { Gate, Hearer, Surroundings } from './impact.ts';

const KINDS: Readonly<Record<string, string>> = { 'AWS::Events::Rule': 'rule', 'AWS::Events::Archive': 'archive' };

/** `databaseUrl`: of the service whose stored events are counted; without it nobody counts. There are no webhooks today. */
export async function readSurroundings(databaseUrl?: string): Promise<Surroundings> {
  return { gates: readGates(), hearers: readHearers(), webhooks: () => [], ...(databaseUrl !== undefined && { stored: await countStored(databaseUrl) }) };
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

/** Events in the log, by `OrderCreated.v1`. Reads the whole table: for a person who asks, not for a service. */
async function countStored(databaseUrl: string): Promise<ReadonlyMap<string, number>> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const { rows } = await client.query("SELECT type || '.' || version AS name, count(*)::float8 AS count FROM events GROUP BY type, version");
    return new Map(rows.map(({ name, count }): [string, number] => [name, count]));
  } finally {
    await client.end();
  }
}
