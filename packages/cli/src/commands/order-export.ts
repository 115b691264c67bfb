/** `order export`: everything that this service knows of one order, in one document: to keep, to send along, to make a test of. */
import type { Command } from 'commander';
import { z } from 'zod';
import { readPages } from '../pages.ts';
import { path } from '../paths.ts';
import type { Perform, Work } from '../work.ts';

const DEFAULT_CLIENT = 'operator';
/** An order has far fewer events. */
const MOST = '10000';

export function addExport(orders: Command, perform: Perform): void {
  orders.command('export').description('an order with its timeline and its events as they are stored, as one JSON document (needs the scopes orders:read and events:read)').argument('<id>').action(perform(exported));
}

async function exported(work: Work, id: string): Promise<void> {
  const api = await work.api('cc', DEFAULT_CLIENT);
  const order = await api.call('GET', path`/orders/${id}`);
  const [timeline, events] = await Promise.all([readPages(api, `${path`/orders/${id}`}/timeline`, {}, MOST), readPages(api, '/api/events/history', { subject: id }, MOST)]);
  const whole = { exportedAt: new Date(work.nowMs()).toISOString(), service: api.url, order, timeline: timeline.items, events: events.items.toReversed() };
  work.show(whole, z.unknown(), (document) => `${JSON.stringify(document, null, 2)}\n`);
}
