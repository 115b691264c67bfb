/**
 * Readers that die at a chosen moment, as a process does: nothing of theirs reaches the database any more, and what they had begun
 * there is rolled back. What had left for elsewhere has left.
 *
 * A death before or after the call of an effect, and before or after the commit of a transaction with a decision of a handler.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { EventLog } from '@commerce/event-log/log';
import type { Extension, TransactionalHandler, Tx } from '@commerce/event-log/extension';
import { registerMap, startReaders } from '@commerce/event-log/readers';
import type { Readers } from '@commerce/event-log/readers';
import { uuid7 } from '@commerce/events/uuid7';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import { handlersByType, openExtensions } from '@commerce/signals/host';
import pg from 'pg';
import { EXTENSIONS } from '../../extensions.config.ts';
import { MAP } from '../../signals.config.ts';
import { catalogueOf } from '../catalogue.ts';

export type Phase = 'before' | 'after';

/** Where it dies. Each is asked once per moment; true: now. */
export interface Deadly {
  readonly call?: (effect: string, phase: Phase) => boolean;
  readonly commit?: (handlers: ReadonlySet<string>, phase: Phase) => boolean;
}

export interface Mortal {
  /** Resolves when it is dead. */
  readonly died: Promise<void>;
  /** An orderly end. */
  stop(): Promise<void>;
}

class Dead extends Error {
  override readonly name = 'Dead';
}

const DEFINITIONS = EXTENSIONS as readonly ExtensionDefinition[];

/** `resources`: what the extensions' `open` takes; database and log are its own. */
export async function startMortal(databaseUrl: string, resources: object, deadly: Deadly): Promise<Mortal> {
  const death = Promise.withResolvers<void>();
  const workerId = uuid7(Date.now());
  const clients = new Set<pg.Client>();
  const decided = new Map<string, { readonly tx: Tx; readonly names: Set<string> }>();
  let isDead = false;

  function die(): never {
    if (!isDead) {
      isDead = true;
      for (const client of clients) (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      death.resolve();
    }
    throw new Dead('The process is dead.');
  }

  /** The pool asks with a callback, everybody else awaits. */
  function refuse(callback: unknown): Promise<never> | undefined {
    const error = new Dead('The process is dead.');
    if (typeof callback !== 'function') return Promise.reject(error);
    queueMicrotask(() => callback(error));
    return undefined;
  }

  /** A connection of this process. */
  class MortalClient extends pg.Client {
    constructor(options: pg.ClientConfig) {
      super(options);
      clients.add(this);
      this.on('error', () => undefined);
    }

    override query(...given: any[]): any {
      if (isDead) return refuse(given.at(-1));
      return given[0] === 'COMMIT' ? this.#commit() : (super.query as (...all: any[]) => any)(...given);
    }

    async #commit(): Promise<unknown> {
      const names = [...decided.values()].find(({ tx }) => tx === (this as unknown))?.names ?? new Set<string>();
      if (names.size > 0 && deadly.commit?.(names, 'before') === true) die();
      const result = await (super.query as (text: string) => Promise<unknown>)('COMMIT');
      if (names.size > 0 && deadly.commit?.(names, 'after') === true) die();
      return result;
    }
  }

  const pool = new pg.Pool({ connectionString: databaseUrl, max: 8, pipeline: true, Client: MortalClient } as unknown as pg.PoolConfig);
  pool.on('error', () => undefined);
  const log = await EventLog.open({ pool, catalogue: catalogueOf({ extensions: DEFINITIONS, map: MAP }), nowMs: Date.now, uuid: () => uuid7(Date.now()) });
  const opened = await openExtensions(EXTENSIONS, MAP, { ...resources, log, pool });
  const map = await registerMap({ log, extensions: opened.map(({ extension }) => mortal(extension)), map: handlersByType(MAP), streams: [] });
  const readers = await startReaders({
    log, databaseUrl, map, streams: [], workerId, random: Math.random, monotonicMs: () => performance.now(),
    sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }), logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });

  /** The extension, watched at its calls and its decisions. */
  function mortal(extension: Extension<any>): Extension<any> {
    return {
      ...extension,
      store: {
        save: extension.store.save,
        load: (tx, subjects) => {
          // A connection serves one transaction after another.
          for (const [name, one] of decided) if (one.tx === tx) decided.delete(name);
          decided.set(extension.name, { tx, names: new Set() });
          return extension.store.load(tx, subjects);
        },
      },
      handlers: Object.fromEntries(Object.entries(extension.handlers).map(([name, handler]): [string, TransactionalHandler<any>] => [name, {
        ...handler,
        decide: (state, event, context) => {
          decided.get(extension.name)?.names.add(name);
          return handler.decide(state, event, context);
        },
      }])),
      effects: Object.fromEntries(Object.entries(extension.effects).map(([name, effect]) => [name, {
        ...effect,
        run: async (job) => {
          if (deadly.call?.(name, 'before') === true) die();
          const result = await effect.run(job).catch((error: unknown) => {
            if (deadly.call?.(name, 'after') === true) die();
            throw error;
          });
          if (deadly.call?.(name, 'after') === true) die();
          return result;
        },
      }])),
    };
  }

  let ending: Promise<void> | undefined;
  const stop = (): Promise<void> => (ending ??= end(readers, log, pool));
  return { stop, died: death.promise.then(stop).then(() => bury(databaseUrl, workerId)) };
}

/** The lease of a dead process ends: nobody waits for that here. */
async function bury(databaseUrl: string, workerId: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('DELETE FROM workers WHERE worker_id = $1', [workerId]);
  await client.end();
}

async function end(readers: Readers, log: EventLog, pool: pg.Pool): Promise<void> {
  await readers.stop();
  await log.close();
  await pool.end().catch(() => undefined);
}
