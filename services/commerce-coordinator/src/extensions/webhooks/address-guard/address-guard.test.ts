/** The guard against real sockets and a resolver that a test plays: names whose meaning changes belong to the test. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pool } from 'undici';
import { createAddressGuard } from './address-guard.http.ts';
import type { AddressGuard } from './address-guard.http.ts';
import { AddressRefused } from './endpoint-url.ts';
import { holdsLoopback, isPublic, parseNetworks } from './networks.ts';

let server: Server;
let port: number;
let asked = 0;

beforeAll(async () => {
  server = createServer((_request, answer) => {
    asked += 1;
    answer.end('here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'hooks.example.com': ['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946'],
  'inside.example.com': ['10.1.2.3'],
  'half.example.com': ['93.184.216.34', 'fd00::1'],
  'metadata.google.internal': ['169.254.169.254'],
  'here.example.com': ['127.0.0.1'],
};

function guardOf(options: { allowedNetworks?: string; allowHttp?: boolean; names?: (host: string) => readonly string[] } = {}): AddressGuard {
  const names = options.names ?? ((host) => NAMES[host] ?? []);
  return createAddressGuard({
    allowedNetworks: options.allowedNetworks, allowHttp: options.allowHttp ?? false,
    resolve: async (host) => names(host).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  });
}

const refusalOf = async (url: string, guard = guardOf()): Promise<string | undefined> => guard.checkUrl(url).then(() => undefined, (error: unknown) => (error instanceof AddressRefused ? error.code : String(error)));

/** What comes of a request through the connector. */
async function dial(guard: AddressGuard, origin: string): Promise<string> {
  const pool = new Pool(origin, { connect: guard.connector });
  try {
    const { body } = await pool.request({ method: 'GET', path: '/' });
    return await body.text();
  } catch (error) {
    return error instanceof AddressRefused ? error.code : String(error);
  } finally {
    await pool.destroy();
  }
}

const LOOPBACKS = [
  '127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '017700000001', '0177.0.0.1', '127.0.0.1.', '127.255.255.254', '[::1]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]',
  '[::7f00:1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', 'localhost', 'localhost.', 'LOCALHOST', 'a.localhost', '%31%32%37.0.0.1',
];
const INNER = [
  '0.0.0.0', '0', '10.0.0.1', '100.64.0.1', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.1', '192.0.2.1', '192.88.99.1', '192.168.0.1', '198.18.0.1', '198.51.100.7', '203.0.113.7', '224.0.0.1', '240.0.0.1',
  '255.255.255.255', '168.63.129.16', '[::]', '[fd00::1]', '[fd00:ec2::254]', '[fe80::1]', '[ff02::1]', '[2001:db8::1]', '[2001::1]', '[3fff::1]', '[64:ff9b::a00:1]', '[64:ff9b:1::1]', '[2002:a00:1::]',
  '[::ffff:169.254.169.254]', '[::ffff:a9fe:a9fe]', '[100::1]', '[4000::1]',
];

describe('the address guard', () => {
  test.each(LOOPBACKS)('S31: refuses this machine in the spelling %s', async (host) => {
    expect(['not_public', 'malformed', 'host']).toContain(await refusalOf(`https://${host}/hooks`));
  });

  test.each(INNER)('S31: refuses %s, which is no address of the public internet', async (host) => {
    expect(await refusalOf(`https://${host}/hooks`)).toBe('not_public');
  });

  test.each(['inside.example.com', 'metadata.google.internal'])('S31: refuses the name %s, which stands for an inner address, and does not say which', async (host) => {
    const error: AddressRefused = await guardOf().checkUrl(`https://${host}/`).then(() => undefined as never, (thrown) => thrown);
    expect([error.code, /\d+\.\d+/.test(error.message)]).toEqual(['unreachable', false]);
  });

  test('takes public addresses and names', async () => {
    expect(await Promise.all(['hooks.example.com', '93.184.216.34', '[2606:2800:220:1:248:1893:25c8:1946]', '[64:ff9b::5db8:d822]', '[::ffff:93.184.216.34]', 'hooks.example.com.'].map((host) => refusalOf(`https://${host}/hooks?a=1`))))
      .toEqual([undefined, undefined, undefined, undefined, undefined, undefined]);
  });

  test('S32: refuses a name of which one address is inner', async () => {
    expect(await refusalOf('https://half.example.com/')).toBe('unreachable');
  });

  test('S32: dials nothing when a name stands for this machine by the time of the delivery', async () => {
    let times = 0;
    const guard = guardOf({ allowHttp: true, names: () => [(times += 1) === 1 ? '93.184.216.34' : '127.0.0.1'] });
    expect(await refusalOf(`http://turning.example.com:${port}/`, guard)).toBeUndefined();
    const before = asked;
    expect([await dial(guard, `http://turning.example.com:${port}`), times, asked - before]).toEqual(['unreachable', 2, 0]);
  });

  test('S32: asks the resolver once for a connection, and dials what it has judged', async () => {
    let times = 0;
    const guard = guardOf({ allowHttp: true, allowedNetworks: '127.0.0.0/8', names: () => [(times += 1) === 1 ? '127.0.0.1' : '10.0.0.1'] });
    expect([await dial(guard, `http://turning.example.com:${port}`), times]).toEqual(['here', 1]);
  });

  test('S31: dials no literal that is inner, whatever was registered before', async () => {
    const before = asked;
    expect([await dial(guardOf({ allowHttp: true }), `http://127.0.0.1:${port}`), await dial(guardOf({ allowHttp: true }), `http://[::ffff:127.0.0.1]:${port}`), asked - before]).toEqual(['not_public', 'not_public', 0]);
  });

  test('dials what is in an allowed network, and nothing beside it', async () => {
    const guard = guardOf({ allowHttp: true, allowedNetworks: ' 127.0.0.0/8 , 10.20.0.0/16' });
    expect([await dial(guard, `http://127.0.0.1:${port}`), await dial(guard, `http://localhost:${port}`), await dial(guard, `http://here.example.com:${port}`)]).toEqual(['here', 'here', 'here']);
    expect([await refusalOf('https://10.20.255.1/', guard), await refusalOf('https://[::ffff:10.20.0.1]/', guard), await refusalOf('https://[64:ff9b::a14:1]/', guard), await refusalOf('https://10.21.0.1/', guard), await refusalOf('https://169.254.169.254/', guard)])
      .toEqual([undefined, undefined, undefined, 'not_public', 'not_public']);
  });

  test.each([
    ['http://hooks.example.com/', 'http_not_allowed'], ['file:///etc/passwd', 'scheme'], ['ftp://hooks.example.com/', 'scheme'], ['gopher://hooks.example.com/', 'scheme'], ['javascript:alert(1)', 'scheme'],
    ['https://user:pass@hooks.example.com/', 'credentials'], ['https://user@hooks.example.com/', 'credentials'], ['https://@hooks.example.com/', 'credentials'],
    ['https://hooks.example.com:22/', 'port'], ['https://hooks.example.com:25/', 'port'], ['https://hooks.example.com:6379/', 'port'], ['https://hooks.example.com:0/', 'port'],
    ['https://hooks.example.com/#part', 'fragment'], ['https://hooks.example.com/#', 'fragment'], [`https://hooks.example.com/${'a'.repeat(2_049 - 26)}`, 'too_long'],
    ['hooks.example.com', 'malformed'], ['//hooks.example.com/', 'malformed'], ['https:hooks.example.com', 'malformed'], ['https:\\\\hooks.example.com\\', 'malformed'], ['https://hooks.example.com/a b', 'malformed'], ['https://', 'malformed'],
    ['https://hooks', 'host'], ['https://-hooks.example.com/', 'host'], ['https://nobody.example.com/', 'unreachable'],
  ])('S34: refuses %s (%s)', async (url, code) => {
    expect(await refusalOf(url)).toBe(code);
  });

  test('S34: takes 2,048 characters, and http where it is allowed', async () => {
    expect([await refusalOf(`https://hooks.example.com/${'a'.repeat(2_048 - 26)}`), await refusalOf('http://hooks.example.com/', guardOf({ allowHttp: true })), await refusalOf('https://hooks.example.com:8443/')])
      .toEqual([undefined, undefined, undefined]);
  });

  test('S34: dials no http when it is not allowed any more', async () => {
    const before = asked;
    expect([await dial(guardOf({ allowedNetworks: '127.0.0.0/8' }), `http://127.0.0.1:${port}`), asked - before]).toEqual(['http_not_allowed', 0]);
  });

  test('says that a name cannot be resolved when the resolver fails', async () => {
    const guard = createAddressGuard({ allowedNetworks: undefined, allowHttp: false, resolve: async () => Promise.reject(new Error('EAI_AGAIN')) });
    expect(await refusalOf('https://hooks.example.com/', guard)).toBe('unreachable');
  });
});

describe('allowed networks', () => {
  test('S35: tell when loopback is among them, in any width', () => {
    expect(['127.0.0.0/8', '127.0.0.1', '::1/128', '0.0.0.0/0', '10.0.0.0/8,::1', '127.3.0.0/16', '::ffff:127.0.0.0/104', '::/0', '0.0.0.0/32', '::/128', '0.0.0.0', '::', '::ffff:0.0.0.0/128', '::127.0.0.0/104'].map(holdsLoopback)).toEqual([true, true, true, true, true, true, true, true, true, true, true, true, true, true]);
    expect(['10.0.0.0/8', 'fd00::/8', '2000::/3', '128.0.0.0/1'].map(holdsLoopback)).toEqual([false, false, false, false]);
  });

  test.each(['10.0.0.0/33', '10.0.0/8', 'fd00::/129', 'example.com', '10.0.0.0/8/8', '10.0.0.0/x', '10.0.0.0/'])('cannot be %s', (text) => {
    expect(() => parseNetworks(text)).toThrow('must be networks');
  });

  test('are none when nothing is said', () => {
    expect([parseNetworks(undefined).has('127.0.0.1'), parseNetworks('').has('10.0.0.1'), isPublic('nothing')]).toEqual([false, false, false]);
  });
});
