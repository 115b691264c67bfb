/** Answers as any server may write them, byte by byte where it matters. */
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildConnector } from 'undici';
import { createAddressGuard } from '../address-guard/address-guard.http.ts';
import { ChunkedBody } from './answer-body.ts';
import { Connections } from './connections.http.ts';
import type { ConnectionsOptions } from './connections.http.ts';

/** Those that this machine has. */
const LOCAL = ['127.0.0.1', '::1'].filter((own) => Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === own) === true));

interface Heard {
  status: number | undefined;
  retryAfter: string | undefined;
  body: string;
  /** `end`, or the code of the error. */
  ended: string;
}

/** What it writes for the nth request of a connection; ends the connection after the last part where `thenEnds`. */
interface Script {
  readonly parts: readonly string[];
  readonly thenEnds?: boolean;
}

let server: Server;
let script: (times: number) => Script | undefined;
let sockets: Socket[];
let requests: string[];
let connections: Connections;
let nowMs: number;
/** Of every exchange of a test. */
let all: Heard[];

beforeEach(async () => {
  [sockets, requests, nowMs, all] = [[], [], 0, []];
  script = () => ok();
  server = createServer({ noDelay: true }, (socket) => {
    sockets.push(socket);
    let [text, times] = ['', 0];
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (!text.endsWith('!')) return;
      requests.push(text);
      text = '';
      times += 1;
      void write(socket, script(times));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  connections = open(4);
});

afterEach(async () => {
  connections.close();
  for (const { ended } of all) expect(['', 'end', 'no_http', 'too_long', 'closed', 'stopped', 'ECONNREFUSED', 'SILENT', 'late']).toContain(ended);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const ok = (body = 'ok'): Script => ({ parts: [`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`] });

async function write(socket: Socket, given: Script | undefined): Promise<void> {
  if (given === undefined) return;
  for (const part of given.parts) {
    socket.write(part, 'latin1');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  if (given.thenEnds === true) socket.end();
}

function open(most: number, given: Partial<ConnectionsOptions> = {}): Connections {
  return new Connections({ origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, most, connect: buildConnector({}), idleMs: 15_000, monotonicMs: () => nowMs, ...given });
}

function begin(of = connections): { readonly heard: Promise<Heard>; readonly giveUp: () => void; readonly sofar: Heard } {
  const { promise, resolve } = Promise.withResolvers<Heard>();
  const sofar: Heard = { status: undefined, retryAfter: undefined, body: '', ended: '' };
  all.push(sofar);
  const end = (how: string): void => {
    sofar.ended += how;
    resolve(sofar);
  };
  const giveUp = of.send(Buffer.from('POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 1\r\n\r\n!'), {
    onHead: (status, retryAfter) => void Object.assign(sofar, { status, retryAfter }),
    onData: (bytes) => void (sofar.body += bytes.toString('latin1')),
    onEnd: () => end('end'),
    onError: (error) => end('code' in error ? String(error.code) : error.name),
  });
  return { heard: promise, giveUp, sofar };
}
const send = (of = connections): Promise<Heard> => begin(of).heard;

describe('An answer', () => {
  test.each<[string, Script, Partial<Heard>]>([
    ['of a length that is told', ok('hello'), { status: 200, body: 'hello' }],
    ['that comes byte by byte', { parts: [...'HTTP/1.1 503 Later\r\nRetry-After:  7 \r\nContent-Length: 2\r\n\r\nno'] }, { status: 503, retryAfter: '7', body: 'no' }],
    ['in chunks, with an extension and a trailer', { parts: ['HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5;x=y\r\nhel', 'lo\r\n1', '\r\n!\r\n0\r\nx: y\r\n', '\r\n'] }, { status: 200, body: 'hello!' }],
    ['without a body, whatever its head says', { parts: ['HTTP/1.1 204 None\r\ncontent-length: 5\r\n\r\n'] }, { status: 204, body: '' }],
    ['that ends with its connection', { parts: ['HTTP/1.1 200 OK\r\n\r\nhel', 'lo'], thenEnds: true }, { status: 200, body: 'hello' }],
    ['behind interim ones', { parts: ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nlink: a\r\n\r\n', 'HTTP/1.1 201 Made\r\ncontent-length: 0\r\n\r\n'] }, { status: 201, body: '' }],
    ['whose length is told twice alike', { parts: ['HTTP/1.1 200 OK\r\ncontent-length: 1\r\nContent-Length: 1\r\n\r\na'] }, { status: 200, body: 'a' }],
    ['without words behind its status', { parts: ['HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n'] }, { status: 200, body: '' }],
  ])('%s is heard', async (_what, given, expected) => {
    script = () => given;
    expect(await send()).toMatchObject({ ...expected, ended: 'end' });
  });

  test.each<[string, Script, string]>([
    ['is no HTTP', { parts: ['SSH-2.0-OpenSSH_9.6\r\n'] }, 'no_http'],
    ['is of another HTTP', { parts: ['HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n'] }, 'no_http'],
    ['switches protocols', { parts: ['HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n'] }, 'no_http'],
    ['tells a length and comes in chunks', { parts: ['HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'] }, 'no_http'],
    ['tells two lengths', { parts: ['HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n'] }, 'no_http'],
    ['tells a length that is none', { parts: ['HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\nhello'] }, 'no_http'],
    ['is coded otherwise', { parts: ['HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n'] }, 'no_http'],
    ['names its framing with a space', { parts: ['HTTP/1.1 200 OK\r\ntransfer-encoding : chunked\r\ncontent-length: 0\r\n\r\n'] }, 'no_http'],
    ['folds its framing into another line', { parts: ['HTTP/1.1 200 OK\r\nx: y\r\n transfer-encoding: chunked\r\ncontent-length: 0\r\n\r\n'] }, 'no_http'],
    ['has another line within a line', { parts: ['HTTP/1.1 200 OK\r\nx: y\ntransfer-encoding: chunked\r\ncontent-length: 0\r\n\r\n'] }, 'no_http'],
    ['is coded by what only looks like chunks', { parts: ['HTTP/1.1 200 OK\r\ntransfer-encoding: \xa0chunked\r\n\r\n0\r\n\r\n'] }, 'no_http'],
    ['is interim without end', { parts: ['HTTP/1.1 100\r\n\r\n'.repeat(1_100)] }, 'too_long'],
    ['has a line without a name', { parts: ['HTTP/1.1 200 OK\r\n folded\r\ncontent-length: 0\r\n\r\n'] }, 'no_http'],
    ['has a chunk of no size', { parts: ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n'] }, 'no_http'],
    ['has a chunk longer than it says', { parts: ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabc\r\n'] }, 'no_http'],
    ['has a head without end', { parts: [`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(20_000)}`] }, 'too_long'],
    ['has framing without end', { parts: [`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;${'a'.repeat(20_000)}`] }, 'too_long'],
    ['stops before its end', { parts: ['HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel'], thenEnds: true }, 'closed'],
    ['stops in a chunk', { parts: ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel'], thenEnds: true }, 'closed'],
    ['never begins', { parts: [], thenEnds: true }, 'closed'],
  ])('that %s is a failure, and its connection is not used again', async (_what, given, code) => {
    script = () => given;
    expect((await send()).ended).toBe(code);
    script = () => ok();
    expect(await send()).toMatchObject({ status: 200, ended: 'end' });
    expect(sockets.length).toBe(2);
  });

  test('in chunks is the same however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 }), fc.array(fc.nat({ max: 600 }), { maxLength: 12 }), (chunks, cuts) => {
        const whole = Buffer.concat([...chunks.flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]), Buffer.from('0\r\n\r\n')]);
        const at = [0, ...cuts.filter((cut) => cut < whole.length).toSorted((a, b) => a - b), whole.length];
        const body = new ChunkedBody();
        const heard: Buffer[] = [];
        const states = at.slice(1).map((end, index) => body.take(whole.subarray(at[index], end), { onData: (bytes) => void heard.push(bytes) }));
        expect(states).toEqual([...states.slice(1).map(() => 'more'), 'end']);
        expect(Buffer.concat(heard)).toEqual(Buffer.concat(chunks));
      }),
    );
  });
});

describe('A connection', () => {
  test('is used again, the last one first', async () => {
    for (let at = 0; at < 5; at += 1) await send();
    expect(sockets.length).toBe(1);
    await Promise.all([send(), send()]);
    expect([sockets.length, requests.length]).toEqual([2, 7]);
  });

  test.each<[string, string]>([
    ['the server closes', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'],
    ['of HTTP/1.0 is not kept', 'HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n'],
    ['is kept for two seconds only', 'HTTP/1.1 200 OK\r\nkeep-alive: timeout=2\r\ncontent-length: 0\r\n\r\n'],
    ['has a body that there cannot be', 'HTTP/1.1 204 None\r\ncontent-length: 5\r\n\r\n'],
    ['has more behind a body', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok!'],
    ['has more behind chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n!'],
    ['has more than was asked', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n'],
  ])('that %s is not used again', async (_what, answer) => {
    script = () => ({ parts: [answer] });
    expect(await send()).toMatchObject({ ended: 'end' });
    expect(await send()).toMatchObject({ ended: 'end' });
    expect(sockets.length).toBe(2);
  });

  test('on which something comes that nobody asked for is closed', async () => {
    await send();
    sockets[0]?.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    await new Promise((resolve) => void sockets[0]?.once('close', resolve));
    await send();
    expect(sockets.length).toBe(2);
  });

  test('is used no longer than the server keeps it, two seconds less, and than it is kept here', async () => {
    script = () => ({ parts: ['HTTP/1.1 200 OK\r\nKeep-Alive: max=9, timeout=5\r\ncontent-length: 0\r\n\r\n'] });
    const opened: number[] = [];
    for (const at of [0, 2_999, 5_999]) {
      nowMs = at;
      await send();
      opened.push(sockets.length);
    }
    script = () => ok();
    for (const ms of [0, 14_999, 15_000]) {
      nowMs += ms;
      await send();
      opened.push(sockets.length);
    }
    expect(opened).toEqual([1, 1, 2, 2, 2, 3]);
  });

  test('that nobody uses is closed by itself', async () => {
    const one = open(2, { idleMs: 30, monotonicMs: () => performance.now() });
    await Promise.all([send(one), send(one)]);
    await Promise.all(sockets.map((socket) => (socket.closed ? undefined : new Promise((resolve) => void socket.once('close', resolve)))));
    expect(sockets.length).toBe(2);
    one.close();
  });

  test.each(LOCAL)('goes to the address %s through the guard', async (host) => {
    await new Promise((resolve) => server.close(resolve));
    await new Promise<void>((resolve) => void server.listen(0, host, resolve));
    const { connector } = createAddressGuard({ allowedNetworks: `${host}/${host === '::1' ? 128 : 32}`, allowHttp: true });
    const one = open(1, { origin: `http://${host === '::1' ? '[::1]' : host}:${(server.address() as AddressInfo).port}`, connect: connector });
    expect(await send(one)).toMatchObject({ status: 200 });
    one.close();
  });

  test('that cannot be made is told to whom it was made for, and to nobody who came later', async () => {
    const calls: ((error: Error | null, socket: Socket | null) => void)[] = [];
    const one = open(8, { connect: ((_target: object, tell: (typeof calls)[number]) => void calls.push(tell)) as unknown as ConnectionsOptions['connect'] });
    const [former, later] = [begin(one), begin(one)];
    former.giveUp();
    const third = begin(one);
    expect(calls).toHaveLength(3);
    calls[0]?.(Object.assign(new Error(), { code: 'late' }), null);
    expect([former.sofar.ended, later.sofar.ended, third.sofar.ended]).toEqual(['', '', '']);
    calls[2]?.(Object.assign(new Error(), { code: 'late' }), null);
    calls[2]?.(Object.assign(new Error(), { code: 'late' }), null);
    expect([later.sofar.ended, third.sofar.ended, calls.length]).toEqual(['', 'late', 3]);
    one.close();
    expect(later.sofar.ended).toBe('stopped');
    expect((await send(one)).ended).toBe('stopped');
  });

  test('whose making throws is told as one that cannot be made', async () => {
    const one = open(1, { connect: () => {
      throw Object.assign(new Error(), { code: 'SILENT' });
    } });
    expect((await send(one)).ended).toBe('SILENT');
    one.close();
  });

  test('is opened up to a number: what is more waits its turn, and nothing is lost', async () => {
    const one = open(2);
    expect(await Promise.all(Array.from({ length: 20 }, async () => (await send(one)).ended))).toEqual(Array(20).fill('end'));
    expect(sockets.length).toBe(2);
    one.close();
  });

  test('that is given up is closed, its place is for the next one, and its exchange hears nothing more', async () => {
    const one = open(1);
    script = (times) => (sockets.length === 1 && times === 1 ? undefined : ok());
    const [hangs, waits, last] = [begin(one), begin(one), begin(one)];
    while (requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    waits.giveUp();
    hangs.giveUp();
    expect(await last.heard).toMatchObject({ status: 200 });
    last.giveUp();
    expect(await send(one)).toMatchObject({ status: 200 });
    expect([hangs.sofar.ended, waits.sofar.ended, sockets.length, requests.length]).toEqual(['', '', 2, 3]);
    one.close();
  });

  test('that nobody takes is told to who waits for it, and all others', async () => {
    const port = (server.address() as AddressInfo).port;
    await new Promise((resolve) => server.close(resolve));
    const gone = new Connections({ origin: `http://127.0.0.1:${port}`, most: 2, connect: buildConnector({}), idleMs: 15_000, monotonicMs: () => nowMs });
    expect(await Promise.all(Array.from({ length: 5 }, async () => (await send(gone)).ended))).toEqual(Array(5).fill('ECONNREFUSED'));
  });

  test('is closed with all others: what is under way and what waits ends as stopped', async () => {
    const one = open(1);
    script = () => undefined;
    const both = [send(one), send(one)];
    while (requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    one.close();
    expect((await Promise.all(both)).map(({ ended }) => ended)).toEqual(['stopped', 'stopped']);
  });
});
