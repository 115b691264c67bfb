/**
 * The clients in memory: what every request asks, without a query.
 * Promise: a change made by this process counts when `refresh` resolves, one made by another within 5 s while the database can be
 * reached. A reading never falls behind an earlier one.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import type { Client, ClientKey, Clients } from './clients.ts';
import { compileEventFilter } from './event-filter.ts';
import type { EventFilter } from './event-filter.ts';

/** Between two looks at the version, so that a change is read well within 5 s. */
export const LOOK_EVERY_MS = 2_000;

/** Where the records are. */
export interface ClientSource {
  /** Differs after every change. */
  version(): Promise<string>;
  load(): Promise<readonly Client[]>;
}

export interface Directory extends Clients {
  find(clientId: string): Client | undefined;
  bySubject(subject: string): Client | undefined;
  byKeyid(keyid: string): { readonly client: Client; readonly key: ClientKey } | undefined;
  /** False when the filter of the event's client keeps it from the bus. */
  publishes(event: StoredEvent): boolean;
  /** Reads what has changed. */
  refresh(): Promise<void>;
}

/** Reads all clients; `onFault` hears of a stored filter that cannot be used: then all events of that client are published. */
export async function openDirectory(source: ClientSource, onFault: (clientId: string, error: unknown) => void): Promise<Directory> {
  let version: string | undefined;
  let index = indexOf([], onFault);
  let last: Promise<void> = Promise.resolve();

  async function readIfChanged(): Promise<void> {
    // The version first: what is written between the two readings is read once more the next time.
    const present = await source.version();
    if (present === version) return;
    index = indexOf(await source.load(), onFault);
    version = present;
  }

  /** One after the other, so that an earlier reading never overwrites a later one. */
  function refresh(): Promise<void> {
    last = last.catch(() => undefined).then(readIfChanged);
    return last;
  }

  await refresh();
  return {
    find: (clientId) => index.byId.get(clientId),
    bySubject: (subject) => index.bySubject.get(subject),
    byKeyid: (keyid) => index.byKeyid.get(keyid),
    publishes(event) {
      const clientId = (event.data as { readonly clientId?: unknown } | null)?.clientId;
      const filter = typeof clientId === 'string' ? index.filters.get(clientId) : undefined;
      return filter === undefined || filter(event);
    },
    refresh,
  };
}

function indexOf(clients: readonly Client[], onFault: (clientId: string, error: unknown) => void) {
  const byId = new Map<string, Client>();
  const bySubject = new Map<string, Client>();
  const byKeyid = new Map<string, { client: Client; key: ClientKey }>();
  const filters = new Map<string, EventFilter>();
  for (const client of clients) {
    const { clientId, authentication, eventFilter } = client;
    byId.set(clientId, client);
    if (authentication.type === 'oauth') bySubject.set(authentication.subject, client);
    else for (const key of authentication.keys) byKeyid.set(key.keyid, { client, key });
    if (eventFilter === null) continue;
    try {
      filters.set(clientId, compileEventFilter(eventFilter));
    } catch (error) {
      onFault(clientId, error);
    }
  }
  return { byId, bySubject, byKeyid, filters };
}
