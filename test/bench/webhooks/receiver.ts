/**
 * A receiver as a process of its own, so that its CPU is nobody else's: answers 200 at once, and after 4 s under `/slow…`. It tells its
 * parent its port, and on a message what came since: `[path, webhook-id, Unix milliseconds]`, or only how many.
 *
 * It reads of HTTP what it needs and no more: on the two cores that it shares with whom it measures, Node's server takes a third of what
 * a delivery costs. Refuses, by closing the connection: a request that does not tell its length.
 */
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

const SLOW_MS = 4_000;
const HEAD_END = '\r\n\r\n';
const LENGTH = /\r\ncontent-length: *(\d+)/i;
const ID = /\r\nwebhook-id: *([^\r]*)/i;
const ANSWER = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: 0\r\nkeep-alive: timeout=60${HEAD_END}`);
let got: [string, string, number][] = [];
let count = 0;

/** What came of a connection and is no whole request yet, a character for each byte. */
function take(socket: Socket, text: string): string {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd < 0) return text;
  const head = text.slice(0, headEnd);
  const length = LENGTH.exec(head)?.[1];
  if (length === undefined) {
    socket.destroy();
    return '';
  }
  const end = headEnd + HEAD_END.length + Number(length);
  if (text.length < end) return text;
  const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/'));
  count += 1;
  got.push([path, ID.exec(head)?.[1] ?? '', performance.timeOrigin + performance.now()]);
  if (path.startsWith('/slow')) setTimeout(() => socket.write(ANSWER), SLOW_MS);
  else socket.write(ANSWER);
  return text.length === end ? '' : take(socket, text.slice(end));
}

const server = createServer({ noDelay: true }, (socket) => {
  let kept = '';
  socket.on('data', (chunk: Buffer) => (kept = take(socket, kept + chunk.toString('latin1'))));
  socket.on('error', () => socket.destroy());
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', (asked) => {
  if (asked === 'count') return void process.send?.({ count });
  process.send?.({ got });
  got = [];
  count = 0;
});
process.on('disconnect', () => process.exit());
