/**
 * A newer version of Commerce Coordinator: with one more extension, which brings a table of its own and a column in the table of orders.
 * It is started beside the version of this tree, on the same database.
 */
import { compose } from '@commerce/commerce-coordinator/compose';
import { configWith } from '@commerce/commerce-coordinator/config';
import { EXTENSIONS } from '@commerce/commerce-coordinator/extensions';
import { MAP } from '@commerce/commerce-coordinator/signals';
import type { StateStore } from '@commerce/event-log/extension';
import { OrderCompleted } from '@commerce/events/entries';
import { readConfig } from '@commerce/service-kit/config';
import { runMain } from '@commerce/service-kit/lifecycle';
import { faultsFrom } from '@commerce/service-kit/ports';
import { defineExtension } from '@commerce/signals/extension';
import { apply, handlersOf } from '@commerce/signals/handler';
import type { SignalMap } from '@commerce/signals/map';

interface Note {
  readonly orderId: string;
}

const store: StateStore<Note> = {
  async load(tx, subjects) {
    const { rows } = await tx.query('SELECT order_id FROM gift_notes WHERE order_id = ANY ($1::text[])', [subjects]);
    return new Map(rows.map((row) => [row.order_id, { orderId: row.order_id }]));
  },
  async save(tx, changes) {
    await tx.query('INSERT INTO gift_notes SELECT unnest($1::text[]) ON CONFLICT DO NOTHING', [changes.map(({ subject }) => subject)]);
  },
};

const { transactional } = handlersOf<Note>();
const giftNotes = defineExtension({
  name: 'gift_notes', description: 'Notes which orders were completed under the newer version.', source: 'gift-note-service', store, tables: ['gift_notes'],
  migrations: [{ name: 'gift-notes-1', sql: 'CREATE TABLE gift_notes (order_id text PRIMARY KEY); ALTER TABLE orders ADD COLUMN gift_note text' }],
  signals: [],
  open: (): void => undefined,
  handlers: { 'gift_notes.note': transactional([OrderCompleted], (_state, { subject }) => apply<Note>({ orderId: subject })) },
});

const heard = [...(MAP.connections['OrderCompleted'] ?? []), { handler: 'gift_notes.note' }];
const map: SignalMap = { ...MAP, connections: { ...MAP.connections, OrderCompleted: heard } };
const loaded = { extensions: [...EXTENSIONS, giftNotes], map };

await runMain(async ({ env, signal }) => {
  const coordinator = await compose(readConfig(configWith(EXTENSIONS), env), { faults: faultsFrom(env), loaded, signal });
  return { announce: { url: coordinator.url }, stop: coordinator.stop };
}, { stopOnDisconnect: true });
