import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { commandIn, portHolder } from './port-holder.ts';
import { choosePorts } from './ports.ts';
import type { Moved } from './ports.ts';

let server: Server;
let taken: number;

beforeEach(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  taken = (server.address() as AddressInfo).port;
});
afterEach(() => {
  server.close();
});

test('0 takes free ports, all different, and a given one is kept', async () => {
  const { given } = await choosePorts({ given: 0 });
  const chosen = await choosePorts({ A: 0, B: 0, C: 0, D: given });
  expect(new Set(Object.values(chosen)).size).toBe(4);
  expect(chosen.D).toBe(given);
});

test('a taken port is an error that says who has it, where that can be seen, and names the variable and the mend', async () => {
  const holder = (await portHolder(taken)) ?? 'nobody that can be seen';
  if (process.platform === 'linux') expect(holder).toMatch(new RegExp(`^process ${process.pid} \\(node `));
  const refusal = await choosePorts({ CC_PORT: taken, OF_PORT: 0 }).catch(String);
  expect(refusal).toMatch(new RegExp(`Port ${taken} is taken( by process ${process.pid} \\(.*\\))?\\. Set CC_PORT to another port, or to 0 for a free one: CC_PORT=0 pnpm dev`));
});

test('a taken port that may be another one is the next free one, and that is told', async () => {
  const moves: Moved[] = [];
  const options = { movable: ['CC_PORT', 'OF_PORT'] as const, onMoved: (moved: Moved) => void moves.push(moved) };
  const chosen = await choosePorts({ CC_PORT: taken, OF_PORT: taken + 1 }, options);
  expect(chosen.CC_PORT).toBeGreaterThan(taken + 1);
  expect(moves[0]).toMatchObject({ name: 'CC_PORT', from: taken, to: chosen.CC_PORT });
  await expect(choosePorts({ CC_PORT: taken, AWS_PORT: 0 }, { movable: ['AWS_PORT'] })).rejects.toThrow(`Port ${taken} is taken`);
});

test('of whoever has a port the program and its file are told, and no argument that may be a secret', () => {
  expect(commandIn(['/usr/bin/node', '--import', 'file:///x/end.ts', '/srv/app/main.ts', '--token', 'secret'])).toBe('node srv/app/main.ts');
  expect(commandIn(['nginx: master\u001b[2J'])).toBe('nginx: master?[2J');
  expect(commandIn([])).toBe('');
});

test('a port that becomes free within the wait is taken', async () => {
  setTimeout(() => server.close(), 150);
  expect(await choosePorts({ CC_PORT: taken }, { waitMs: 5_000 })).toEqual({ CC_PORT: taken });
});

test('one port for two is refused', async () => {
  await expect(choosePorts({ CC_PORT: 3_000, OF_PORT: 3_000 })).rejects.toThrow('CC_PORT and OF_PORT name the same port');
});
