/**
 * The way down of a server.
 * Promise: a request that was accepted is answered; kept-alive connections are told to close and do not hold the
 * process; after the grace everything is cut. Fastify's own close waits for idle clients or cuts running requests.
 */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Clock, Sleep } from './ports.ts';

export interface DrainOptions {
  /** From the call to the hard end. */
  graceMs: number;
  /** How long a load balancer needs to see that this server is not ready; 0 when left out. New requests are served meanwhile. */
  readinessDelayMs?: number;
}

const POLL_MS = 25;

export function createDrain(app: FastifyInstance, { clock, sleep }: { clock: Clock; sleep: Sleep }) {
  let draining = false;
  const open = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (draining) reply.header('connection', 'close');
    done(null, payload);
  });

  async function drain({ graceMs, readinessDelayMs = 0 }: DrainOptions): Promise<void> {
    draining = true;
    const deadline = clock.monotonicMs() + graceMs;
    await sleep(Math.min(readinessDelayMs, graceMs));
    await finishRequests(app, open, () => clock.monotonicMs() >= deadline, sleep);
    await app.close();
  }

  return { drain, isDraining: () => draining };
}

/** Stops listening, then closes connections as they become idle, until none is left or the time is over. */
async function finishRequests(app: FastifyInstance, open: ReadonlySet<Socket>, isOver: () => boolean, sleep: Sleep): Promise<void> {
  if (!app.server.listening) return;
  let closed = false;
  app.server.close(() => (closed = true));
  while (!closed && !isOver()) {
    app.server.closeIdleConnections();
    // Opened ahead of a request that never came, as browsers and connection pools do: Node does not count it as idle.
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
    await sleep(POLL_MS);
  }
  app.server.closeAllConnections();
}
