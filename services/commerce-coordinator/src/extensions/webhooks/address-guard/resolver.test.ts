/** Lookups against a name server that answers for some names, and for others never. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createAddressGuard } from './address-guard.http.ts';
import { createResolver } from './resolver.dns.ts';
import type { ResolverOptions } from './resolver.dns.ts';

const TYPE_A = 1;
let server: Socket;
let asked: string[] = [];
let folder: string;
let hostsFile: string;

beforeAll(async () => {
  server = createSocket('udp4', (query, from) => {
    const { name, end } = nameIn(query);
    asked.push(name);
    if (name.startsWith('slow')) return;
    const isFound = name === 'quick.example.com' && query.readUInt16BE(end) === TYPE_A;
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(name.startsWith('nobody') ? 0x8183 : 0x8180, 2);
    for (const [at, count] of [[4, 1], [6, isFound ? 1 : 0], [8, 0], [10, 0]] as const) head.writeUInt16BE(count, at);
    server.send(Buffer.concat([head, query.subarray(12, end + 4), isFound ? Buffer.from('c00c000100010000003c00045db8d822', 'hex') : Buffer.of()]), from.port, from.address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  folder = await mkdtemp(join(tmpdir(), 'commerce-hosts-'));
  hostsFile = join(folder, 'hosts');
  await writeFile(hostsFile, '127.0.0.1 localhost\n10.20.0.7\tcrm.inner.example CRM2.inner.example # ours\n# 10.20.0.8 gone.inner.example\nfd00::7 crm.inner.example\n');
});
beforeEach(() => void (asked = []));
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

function nameIn(query: Buffer): { readonly name: string; /** Behind it. */ readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

const resolver = (options: ResolverOptions = {}) => createResolver({ servers: [`127.0.0.1:${(server.address() as AddressInfo).port}`], hostsFile, timeoutMs: 300, ...options });
const timed = async (lookup: Promise<unknown>): Promise<number> => {
  const startMs = performance.now();
  await lookup.catch(() => undefined);
  return performance.now() - startMs;
};

test('names whose servers do not answer hold up no other name, and nothing else that the process does', async () => {
  const resolve = resolver({ timeoutMs: 900 });
  const slow = Array.from({ length: 16 }, (_, n) => timed(resolve(`slow-${n}.example.com`)));
  expect(await resolve('quick.example.com')).toEqual([{ address: '93.184.216.34', family: 4 }]);
  // Reads a file on a thread of the process.
  expect(await resolve('crm.inner.example')).toHaveLength(2);
  expect(await Promise.race([...slow, 'none has ended'])).toBe('none has ended');
  for (const ms of await Promise.all(slow)) expect(ms).toBeLessThan(4_000);
});

test('one that finds no turn in time is given up, and turns are given on', async () => {
  const resolve = resolver({ mostAtOnce: 2 });
  const first = ['slow-a', 'slow-b'].map((name) => resolve(`${name}.example.com`).catch(() => undefined));
  await expect(resolver({ mostAtOnce: 0 })('quick.example.com')).rejects.toThrow('Too many');
  await Promise.all(first);
  expect((await Promise.all(Array.from({ length: 8 }, () => resolve('quick.example.com')))).flat()).toHaveLength(8);
  expect((await Promise.allSettled(['nobody-a', 'nobody-b', 'nobody-c', 'quick'].map((name) => resolve(`${name}.example.com`)))).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'fulfilled']);
});

test('a name that is asked for at once by many is asked once', async () => {
  const resolve = resolver();
  await Promise.all(Array.from({ length: 10 }, () => resolve('Quick.example.com')));
  expect(asked).toEqual(['quick.example.com', 'quick.example.com']);
});

test('the hosts file counts first: its names work where their network is allowed, and are refused elsewhere', async () => {
  const guardOf = (allowedNetworks: string | undefined) => createAddressGuard({ allowedNetworks, allowHttp: true, resolve: resolver() });
  await guardOf('10.20.0.0/16').checkUrl('http://crm2.inner.example/hooks');
  await guardOf('10.20.0.0/16,fd00::/8').checkUrl('http://crm.inner.example/hooks');
  for (const [networks, host] of [['10.20.0.0/16', 'crm.inner.example'], [undefined, 'crm2.inner.example'], ['10.20.0.0/16', 'gone.inner.example']] as const) {
    await expect(guardOf(networks).checkUrl(`http://${host}/hooks`)).rejects.toMatchObject({ code: 'unreachable' });
  }
  expect(asked.filter((name) => name.startsWith('crm'))).toEqual([]);
});
