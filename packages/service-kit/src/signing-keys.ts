/**
 * The issuer's public keys, kept fresh.
 * Promise: at most one fetch in 10 s once there are keys (in 1 s while there are none) and one at a time, whatever
 * arrives in tokens; a key that the issuer withdrew is refused after 10 minutes while the issuer answers; when it does
 * not, known keys serve for one hour. A new key counts at once unless the last fetch is younger than 10 s, so an issuer
 * publishes a key that long before signing with it.
 * Refuses: to fetch from any address but the configured or discovered one; to follow redirects.
 */
import { createLocalJWKSet } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import type { Clock } from './ports.ts';

export interface SigningKeysOptions {
  issuer: string;
  /** Where the keys are; found through the issuer's discovery document when left out. */
  jwksUrl?: string;
  clock: Clock;
  fetch?: typeof fetch;
  /** Told why a fetch failed. */
  onFailure?: (error: unknown) => void;
}

/** No usable keys: the token may well be right. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

export interface KeySet {
  readonly resolve: JWTVerifyGetKey;
  /** Changes whenever the keys change; verdicts made with another version are void. */
  readonly version: number;
}

export interface SigningKeys {
  /** The present keys. Throws KeysUnavailable. */
  current(): Promise<KeySet>;
  /** Asks the issuer again because a key was not found; undefined when that is not allowed yet or brought nothing new. */
  newer(than: KeySet): Promise<KeySet | undefined>;
}

const REFRESH_AFTER_MS = 5 * 60_000;
const FRESH_MS = 10 * 60_000;
const STALE_MS = 60 * 60_000;
const PAUSE_WITH_KEYS_MS = 10_000;
const PAUSE_WITHOUT_KEYS_MS = 1_000;
const FETCH_TIMEOUT_MS = 5_000;
const MAX_DOCUMENT_BYTES = 256 * 1024;

export function createSigningKeys(options: SigningKeysOptions): SigningKeys {
  const { clock } = options;
  let keys: (KeySet & { text: string; fetchedAtMs: number }) | undefined;
  let lastAttemptMs = -Infinity;
  let running: Promise<void> | undefined;

  const ageMs = () => (keys === undefined ? Infinity : clock.monotonicMs() - keys.fetchedAtMs);

  /** One attempt, shared by all who wait; returns at once when the last one is too recent. Never rejects. */
  function refresh(): Promise<void> {
    const pauseMs = ageMs() > STALE_MS ? PAUSE_WITHOUT_KEYS_MS : PAUSE_WITH_KEYS_MS;
    if (running === undefined && clock.monotonicMs() - lastAttemptMs >= pauseMs) {
      lastAttemptMs = clock.monotonicMs();
      running = fetchOnce()
        .catch((error: unknown) => options.onFailure?.(error))
        .finally(() => (running = undefined));
    }
    return running ?? Promise.resolve();
  }

  async function fetchOnce(): Promise<void> {
    const set = await fetchKeySet(options);
    const text = JSON.stringify(set);
    const fetchedAtMs = clock.monotonicMs();
    keys =
      keys?.text === text
        ? { ...keys, fetchedAtMs }
        : { resolve: createLocalJWKSet(set), version: (keys?.version ?? 0) + 1, text, fetchedAtMs };
  }

  return {
    async current() {
      if (ageMs() > FRESH_MS) await refresh();
      else if (ageMs() > REFRESH_AFTER_MS) void refresh();
      if (keys === undefined || ageMs() > STALE_MS) throw new KeysUnavailable(`No usable keys of the issuer ${options.issuer}.`);
      return keys;
    },
    async newer(than) {
      await refresh();
      return keys !== undefined && keys.version !== than.version ? keys : undefined;
    },
  };
}

async function fetchKeySet(options: SigningKeysOptions): Promise<JSONWebKeySet> {
  const document = await fetchJson(options, options.jwksUrl ?? (await discover(options)));
  const { keys } = document;
  if (!Array.isArray(keys) || keys.length === 0) throw new Error('The key document of the issuer lists no keys.');
  return { keys };
}

async function discover(options: SigningKeysOptions): Promise<string> {
  const document = await fetchJson(options, `${options.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  if (document['issuer'] !== options.issuer) throw new Error('The discovery document names another issuer than the one that is configured: they must be equal to the last character, a slash at the end included.');
  if (typeof document['jwks_uri'] !== 'string') throw new Error('The discovery document names no keys.');
  return document['jwks_uri'];
}

async function fetchJson(options: SigningKeysOptions, url: string): Promise<Record<string, unknown>> {
  const response = await (options.fetch ?? fetch)(url, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`The issuer answered ${response.status}.`);
  const text = await response.text();
  if (text.length > MAX_DOCUMENT_BYTES) throw new Error('The answer of the issuer is too large.');
  const document: unknown = JSON.parse(text);
  if (typeof document !== 'object' || document === null) throw new Error('The answer of the issuer is no JSON object.');
  return document as Record<string, unknown>;
}
