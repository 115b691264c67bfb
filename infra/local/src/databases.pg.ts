// The two databases, one per service: where they are, and on a server of the user's own how they come to be.
import pg from 'pg';

export const DATABASES = {
  cc: { name: 'commerce_coordinator', role: 'commerce_coordinator' },
  of: { name: 'order_fulfillment', role: 'order_fulfillment' },
} as const;

const DUPLICATE_DATABASE = '42P04';

export type DatabaseUrls = { readonly cc: string; readonly of: string };

/** The addresses on the embedded server, each with the service's own role. */
export function embeddedUrls(port: number, passwords: DatabaseUrls): DatabaseUrls {
  const address = (service: 'cc' | 'of') => `postgres://${DATABASES[service].role}:${encodeURIComponent(passwords[service])}@127.0.0.1:${port}/${DATABASES[service].name}`;
  return { cc: address('cc'), of: address('of') };
}

/** Makes the two databases on the server of `databaseUrl` unless they are there, and gives their addresses, with the user of that URL. */
export async function makeDatabases(databaseUrl: string): Promise<DatabaseUrls> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000, application_name: 'local-stack' });
  try {
    await client.connect();
    for (const { name } of Object.values(DATABASES)) await makeDatabase(client, name);
  } catch (error) {
    throw new Error(`the server of DATABASE_URL cannot be used: ${(error as Error).message}`, { cause: error });
  } finally {
    await client.end().catch(() => {});
  }
  return { cc: withDatabase(databaseUrl, DATABASES.cc.name), of: withDatabase(databaseUrl, DATABASES.of.name) };
}

async function makeDatabase(client: pg.Client, name: string): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
  if (rowCount !== 0) return;
  await client.query(`create database ${pg.escapeIdentifier(name)}`).catch((error: unknown) => {
    if (!(error instanceof pg.DatabaseError) || error.code !== DUPLICATE_DATABASE) throw error;
  });
}

function withDatabase(databaseUrl: string, name: string): string {
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}
