import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { choosePorts } from './ports.ts';

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

test('a taken port is an error that names the variable and the mend', async () => {
  await expect(choosePorts({ CC_PORT: taken, OF_PORT: 0 })).rejects.toThrow(`Port ${taken} is taken. Set CC_PORT to another port, or to 0`);
});

test('a port that becomes free within the wait is taken', async () => {
  setTimeout(() => server.close(), 150);
  expect(await choosePorts({ CC_PORT: taken }, 5_000)).toEqual({ CC_PORT: taken });
});

test('one port for two is refused', async () => {
  await expect(choosePorts({ CC_PORT: 3_000, OF_PORT: 3_000 })).rejects.toThrow('CC_PORT and OF_PORT name the same port');
});
