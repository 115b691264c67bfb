/** What of a replay's differences is shown to whom. */
import { eventSights } from '../event-history/event-sight.ts';
import { publishedCatalogue } from '@commerce/events/entries/all';
import { expect, test } from '@jest/globals';
import { differencesShown } from './differences-shown.ts';

const sights = eventSights({ catalogue: publishedCatalogue, personal: undefined });
const [viewer, operator, admin] = ['replay:read', 'replay:read users:read', 'replay:read admin'].map((scopes) => differencesShown(publishedCatalogue, sights({ scopes: new Set(scopes.split(' ')) })));

const rest = { place: '1', subject: 'o', eventId: null };
const shipTo = { name: 'Ana Trujillo', street: 'x', city: 'y', country: 'MX' };

test('a row has its address, note and hash for who may see personal data, as a table and as a state', () => {
  const table = { ...rest, kind: 'row' as const, name: 'orders', before: null, after: { order_id: 'o', ship_to: shipTo, metadata: null, request_hash: 'abc', total: '1.00' } };
  const state = { ...rest, kind: 'row' as const, name: 'catalog', before: { userId: 'u', email: 'a@shop.example' }, after: { open: [{ customerName: 'Ana' }] } };
  expect(viewer?.(table)).toEqual({ kind: 'row', name: 'orders', subject: 'o', eventId: null, before: null, after: { order_id: 'o', ship_to: 'erased', metadata: null, request_hash: 'erased', total: '1.00' } });
  expect(viewer?.(state)).toMatchObject({ before: { userId: 'u', email: 'erased' }, after: { open: [{ customerName: 'erased' }] } });
  for (const seeing of [operator, admin]) expect([seeing?.(table), seeing?.(state)]).toMatchObject([{ after: table.after }, { before: state.before, after: state.after }]);
});

test('an event is shown as in the history: without marked fields, what stays inside, and the acts of people', () => {
  const created = { ...rest, kind: 'event' as const, name: 'OrderCreated', before: null, after: { ...publishedCatalogue.entry('OrderCreated').example, shipTo, request: { hash: 'abc' } } };
  const shown = [viewer, operator, admin].map((see) => see?.(created).after as { shipTo?: unknown; request?: unknown; total?: unknown });
  expect(shown.map(({ shipTo: address, request, total }) => [address !== undefined, request !== undefined, total])).toEqual([[false, false, '200.38'], [true, false, '200.38'], [true, true, '200.38']]);
  const act = { ...rest, kind: 'event' as const, name: 'AuditRecorded', before: null, after: publishedCatalogue.entry('AuditRecorded').example };
  expect([viewer, operator, admin].map((see) => see?.(act).after === null)).toEqual([true, true, false]);
  const gone = { ...rest, kind: 'event' as const, name: 'OrderTeleported', before: null, after: { email: 'a@shop.example' } };
  expect([viewer?.(gone).after, operator?.(gone).after]).toEqual([null, gone.after]);
});
