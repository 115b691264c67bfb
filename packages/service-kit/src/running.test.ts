import { expect, test } from '@jest/globals';
import { Running, startOrTakeDown } from './running.ts';

test('what was started ends in the opposite order, also when one end fails', async () => {
  const ended: string[] = [];
  const running = new Running();
  running.onStop(() => ended.push('first'));
  running.onStop(() => Promise.reject(new Error('stuck')));
  running.onStop(() => ended.push('last'));
  await expect(running.stop()).rejects.toThrow('Not everything could be stopped in order.');
  expect(ended).toEqual(['last', 'first']);
  await running.stop();
  expect(ended).toHaveLength(2);
});

test('what ends at once does not wait for each other, in its place in the order', async () => {
  const ended: string[] = [];
  const running = new Running();
  running.onStop(() => ended.push('database'));
  const atOnce = running.atOnce();
  const other = Promise.withResolvers<void>();
  atOnce(() => other.promise.then(() => ended.push('consumer')));
  running.onStop(() => ended.push('last'));
  atOnce(() => {
    ended.push('server');
    other.resolve();
    throw new Error('stuck');
  });
  await expect(running.stop()).rejects.toThrow('Not everything could be stopped in order.');
  expect(ended).toEqual(['last', 'server', 'consumer', 'database']);
});

test('a start that fails takes down what was up, and says why it failed', async () => {
  const ended: string[] = [];
  const start = startOrTakeDown(async (running) => {
    running.onStop(() => ended.push('database'));
    throw new Error('the port is taken');
  });
  await expect(start).rejects.toThrow('the port is taken');
  expect(ended).toEqual(['database']);
});
