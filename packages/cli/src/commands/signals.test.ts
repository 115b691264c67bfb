import { expect, test } from '@jest/globals';
import { json, worldFor } from '../test-world.ts';

const { server, cli } = await worldFor('signals');

const signal = (name: string, more: object = {}) => ({ signal: name, name: `order.${name.toLowerCase()}`, visibility: 'published', from: ['orders'], fromOutside: [], heardBy: [], unheard: null, perSecond: 0, lastAt: '2030-01-01T00:00:00.000Z', ...more });
const handler = (name: string, hears: string[], more: object = {}) => ({ handler: name, extension: name.split('.')[0], kind: 'transactional', hears, filtered: [], watches: false, perSecond: 0.5, waiting: 1, dead: 0, lastAt: '2030-01-01T00:00:00.000Z', ...more });
const FLOW = {
  since: '2029-12-01T00:00:00.000Z', missing: ['The queue could not be asked.'], nodes: [], edges: [],
  signals: [signal('Created', { heardBy: ['inventory.reserve'], perSecond: 2 }), signal('Told', { unheard: 'For people.', lastAt: null }), signal('Paid', { from: ['payments'], fromOutside: [{ source: 'bank' }], heardBy: ['orders.confirm'] })],
  handlers: [handler('inventory.reserve', ['Created']), handler('orders.confirm', ['Paid'], { lastAt: null })],
};
server.react = (_, response) => json(response, 200, FLOW);

test('the whole map is told, with how much goes over it, and what could not be looked at', async () => {
  const { code, out, err } = await cli();
  expect([code, err]).toEqual([0, 'The queue could not be asked.\n']);
  expect(out.split('\n')).toEqual([
    'EVENT          SENT BY        HEARD BY             A SECOND  LAST',
    'order.created  orders         inventory.reserve    2.00      2030-01-01T00:00:00.000Z',
    'order.told     orders         nobody: For people.  0         never since 2029-12-01T00:00:00.000Z',
    'order.paid     payments bank  orders.confirm       0         2030-01-01T00:00:00.000Z', '',
    'HANDLER            KIND           HEARS    A SECOND  WAITING  DEAD  LAST',
    'inventory.reserve  transactional  Created  0.50      1        0     2030-01-01T00:00:00.000Z',
    'orders.confirm     transactional  Paid     0.50      1        0     never since 2029-12-01T00:00:00.000Z', '',
  ]);
});

test.each([
  [['Created'], ['Created'], ['inventory.reserve']], [['order.paid'], ['Paid'], ['orders.confirm']], [['orders.confirm'], ['Paid'], ['orders.confirm']], [['--extension', 'inventory'], ['Created'], ['inventory.reserve']],
  [['--extension', 'payments'], ['Paid'], []], [['--unused'], ['Told'], ['orders.confirm']], [['--unused', 'Created'], [], []],
])('%j shows what is meant', async (argv, signals, handlers) => {
  const found = JSON.parse((await cli(...argv, '--json')).out);
  expect([found.signals.map((one: any) => one.signal), found.handlers.map((one: any) => one.handler)]).toEqual([signals, handlers]);
});
