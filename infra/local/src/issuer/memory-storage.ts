// What the issuer has to remember between two requests of one sign-in: in memory, bounded, gone after its time or a restart.
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

const MOST = 1_000;

type Entry = { readonly payload: AdapterPayload; readonly endsAtMs: number };

/** A storage for one issuer: sign-ins under way, their codes and grants. Of more than 1,000 entries the oldest are dropped. */
export function memoryStorage(nowMs: () => number): AdapterFactory {
  const entries = new Map<string, Entry>();
  const live = (key: string): AdapterPayload | undefined => {
    const entry = entries.get(key);
    if (entry !== undefined && entry.endsAtMs > nowMs()) return entry.payload;
    entries.delete(key);
    return undefined;
  };
  return (model): Adapter => {
    const find = async (id: string): Promise<AdapterPayload | undefined> => live(`${model} ${id}`);
    const findBy = (matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined => {
      for (const [key] of entries) {
        const payload = key.startsWith(`${model} `) ? live(key) : undefined;
        if (payload !== undefined && matches(payload)) return payload;
      }
      return undefined;
    };
    return {
      find,
      async upsert(id, payload, expiresInSeconds = 3_600) {
        entries.delete(`${model} ${id}`);
        for (const oldest of entries.size >= MOST ? entries.keys() : []) {
          entries.delete(oldest);
          break;
        }
        entries.set(`${model} ${id}`, { payload, endsAtMs: nowMs() + expiresInSeconds * 1_000 });
      },
      findByUid: async (uid) => findBy((payload) => payload.uid === uid),
      findByUserCode: async (code) => findBy((payload) => payload.userCode === code),
      async consume(id) {
        const entry = entries.get(`${model} ${id}`);
        if (entry !== undefined) entries.set(`${model} ${id}`, { ...entry, payload: { ...entry.payload, consumed: Math.floor(nowMs() / 1_000) } });
      },
      async destroy(id) {
        entries.delete(`${model} ${id}`);
      },
      async revokeByGrantId(grantId) {
        for (const [key, { payload }] of entries) if (payload.grantId === grantId) entries.delete(key);
      },
    };
  };
}
