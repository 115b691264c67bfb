// The proxy between real sockets.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startTcpProxy, UNDISTURBED } from './tcp-proxy.ts';
import type { TcpProxy } from './tcp-proxy.ts';

let server: Server;
let proxy: TcpProxy;
let client: Socket;
/** What came to the server. */
let asked: string;

beforeEach(async () => {
  asked = '';
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined).on('data', (bytes) => {
      asked += bytes;
      socket.write(`answer to ${bytes}`);
    });
    socket.once('end', () => socket.end('bye'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = await startTcpProxy(0, (server.address() as AddressInfo).port);
  client = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => undefined);
  await once(client, 'connect');
});
afterEach(async () => {
  client.destroy();
  await proxy.close();
  server.close();
});

/** `once` of Node would take a reset for a fault of the test. */
const closed = (socket = client): Promise<void> => new Promise((resolve) => void socket.once('close', () => resolve()));
const answer = async (): Promise<string> => String((await once(client, 'data'))[0]);

test('it hands on both ways, and the end of a side too', async () => {
  client.write('one');
  expect(await answer()).toBe('answer to one');
  client.end();
  expect(await answer()).toBe('bye');
  await closed();
});

test('it hands on late what it is told to, in order', async () => {
  proxy.set({ ...UNDISTURBED, latencyMs: 120 });
  const began = performance.now();
  client.write('one');
  expect(await answer()).toBe('answer to one');
  expect(performance.now() - began).toBeGreaterThanOrEqual(115);
  client.write('two');
  client.end('three');
  await closed();
  expect(asked).toBe('onetwothree');
});

test('down, it cuts what is open and takes nothing; afterwards it does again', async () => {
  proxy.set({ ...UNDISTURBED, isDown: true });
  await closed();
  const refused = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
  await closed(refused);
  proxy.set(UNDISTURBED);
  client = connect(proxy.port, '127.0.0.1');
  client.write('again');
  expect(await answer()).toBe('answer to again');
});

test('a request that is cut never arrives; one whose answer is lost does', async () => {
  proxy.set({ ...UNDISTURBED, next: () => 'cut' });
  client.write('cut');
  await closed();
  expect(asked).toBe('');
  proxy.set({ ...UNDISTURBED, next: () => 'answer-lost' });
  client = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
  let heard = '';
  client.on('data', (bytes) => (heard += bytes));
  client.write('lost');
  await closed();
  expect([asked, heard]).toEqual(['lost', '']);
});

test('much is handed on whole to a side that reads slowly', async () => {
  const much = 'x'.repeat(4 * 1_048_576);
  const whole = new Promise<number>((resolve) => {
    server.removeAllListeners('connection').on('connection', (socket: Socket) => {
      let size = 0;
      socket.pause();
      setTimeout(() => socket.resume(), 50);
      socket.on('data', (bytes) => (size += bytes.length)).on('error', () => undefined).once('end', () => size > 0 && resolve(size));
    });
  });
  client.destroy();
  client = connect(proxy.port, '127.0.0.1');
  client.end(much);
  expect(await whole).toBe(much.length);
});
