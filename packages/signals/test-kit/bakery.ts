/**
 * Two small extensions with a table each, for the tests: orders of a bakery, and the oven that bakes them.
 */
import type { StateStore } from '@commerce/event-log/extension';
import { defineEvent } from '@commerce/events/catalogue';
import { z } from 'zod';
import { defineExtension } from '../src/extension.ts';
import { apply, handlersOf, stale } from '../src/handler.ts';
import { defineSignalMap } from '../src/map.ts';
import { defineSignal } from '../src/signal.ts';

const data = z.strictObject({ loaf: z.string(), kind: z.string().optional() });
const entry = <const Type extends string>(type: Type, webhook: string) => defineEvent({
  type, constant: type.toUpperCase(), webhook, topic: 'order-events', description: 'A loaf.', versions: { v1: data }, subject: (given) => given.loaf, example: { loaf: 'rye' },
});
export const LoafOrdered = entry('LoafOrdered', 'loaf.ordered');
export const LoafBaked = entry('LoafBaked', 'loaf.baked');
export const LoafDelivered = entry('LoafDelivered', 'loaf.delivered');
/** Comes from the mill, another service. */
export const FlourCame = entry('FlourCame', 'flour.came');

export const loafOrdered = defineSignal(LoafOrdered);
export const loafBaked = defineSignal(LoafBaked);
export const loafDelivered = defineSignal(LoafDelivered, { unheard: 'It is told to the customer only.' });

export interface Count {
  readonly times: number;
}

export const TABLES = `
CREATE TABLE shop (subject text PRIMARY KEY, times integer NOT NULL);
CREATE TABLE oven (subject text PRIMARY KEY, times integer NOT NULL);
`;

const storeIn = (table: 'shop' | 'oven'): StateStore<Count> => ({
  async load(tx, subjects) {
    const { rows } = await tx.query(`SELECT subject, times FROM ${table} WHERE subject = ANY ($1::text[])`, [subjects]);
    return new Map(rows.map((row) => [row.subject, { times: row.times }]));
  },
  async save(tx, changes) {
    await tx.query(
      `INSERT INTO ${table} SELECT * FROM unnest($1::text[], $2::integer[]) ON CONFLICT (subject) DO UPDATE SET times = excluded.times`,
      [changes.map(({ subject }) => subject), changes.map(({ after }) => after.times)],
    );
  },
});

const next = (count: Count | undefined): Count => ({ times: (count?.times ?? 0) + 1 });

/** What a test steers and sees. */
export interface Resources {
  /** Loaves that the oven's handler fails on. */
  readonly burnt: Set<string>;
  /** Keys under which the courier was asked. */
  readonly asked: string[];
}

const inShop = handlersOf<Count, Resources>();
export const shop = defineExtension({
  name: 'shop', description: 'Takes orders for loaves.', source: 'shop', signals: [loafOrdered, loafDelivered], store: storeIn('shop'), tables: ['shop'],
  open: (resources: Resources) => resources,
  handlers: {
    'shop.deliver': inShop.effect([LoafBaked], {
      idempotency: 'The courier knows the key.',
      run: async ({ key }, { asked }) => {
        asked.push(key);
        return 'delivered';
      },
      settle: (count, _result, { data: { loaf } }, context) => {
        loafDelivered.sendRobust({ loaf }, context, next(count).times);
        return apply(next(count));
      },
    }),
    'shop.count': inShop.transactional([LoafOrdered, FlourCame], (count) => apply(next(count))),
  },
});

const inOven = handlersOf<Count, Resources>();
export const oven = defineExtension({
  name: 'oven', description: 'Bakes.', source: 'oven', needs: ['shop'], signals: [loafBaked], store: storeIn('oven'), tables: ['oven'],
  open: (resources: Resources) => resources,
  handlers: {
    'oven.bake': inOven.transactional([LoafOrdered], (count, { data: { loaf } }, context, { burnt }) => {
      if (burnt.has(loaf)) throw new Error(`${loaf} is burnt`);
      if (count !== undefined) return stale('baked_already');
      loafBaked.sendRobust({ loaf }, context, 1);
      return apply(next(count));
    }),
  },
});

export const EXTENSIONS = [shop, oven] as const;
export const MAP = defineSignalMap(EXTENSIONS, {
  LoafOrdered: [{ handler: 'oven.bake', filter: { detail: { data: { kind: [{ 'anything-but': 'cake' }, { exists: false }] } } } }, 'shop.count'],
  LoafBaked: [{ handler: 'shop.deliver', priority: 5, concurrency: 4, timeBudgetMs: 2_000, retry: { maxAttempts: 3 } }],
  FlourCame: ['shop.count'],
}, { foreign: [{ source: 'mill', type: 'FlourCame' }] });
