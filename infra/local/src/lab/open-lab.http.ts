// Joins the lab to a running stack: proxies before what it slows down, the doors of what misbehaves by itself, and its own server.
// Only for development: `startStack` opens it when it is asked to.
import { randomBytes, randomInt } from 'node:crypto';
import { createApi } from '../demo/api.http.ts';
import type { Api } from '../demo/api.http.ts';
import { sendToQueue } from '../demo/drops.ts';
import { listenOnLoopback } from '../listen.http.ts';
import type { StackDescription } from '../stack-description.ts';
import type { Supervisor } from '../supervisor.ts';
import { breakablesOf } from './breakables.ts';
import type { SendSettings } from './breakables.ts';
import { readFacts, readOpenIds } from './facts.http.ts';
import { Lab } from './lab.ts';
import { labHandler } from './lab.http.ts';
import { startTcpProxy, UNDISTURBED } from './tcp-proxy.ts';
import type { TcpProxy } from './tcp-proxy.ts';

/** Where the proxies listen, and what stands behind them. */
type ProxyPorts = { readonly OF_PORT: number; readonly OF_BEHIND_PORT: number; readonly DATABASE_FRONT_PORT: number; readonly POSTGRES_PORT: number };

export type LabProxies = { readonly fulfillment: TcpProxy; readonly database: TcpProxy | undefined; close(): Promise<void> };

export type OpenLab = {
  readonly lab: Lab;
  close(): Promise<void>;
};

export type LabRoom = {
  /** With `lab` in it. */
  readonly description: StackDescription;
  readonly supervisor: Supervisor;
  readonly proxies: LabProxies;
  readonly receiverKey: string;
  /** What the stand-ins do wrong anyway, as JSON. */
  readonly lmsFaults: string | undefined;
  readonly paymentsFaults: string | undefined;
  /** Why the buses are not ours to break; undefined when they are. */
  readonly whyNoBuses: string | undefined;
};

const SETTINGS_LIMIT_MS = 2_000;
const LOOK_LIMIT_MS = 1_500;
const LARGEST_SEED = 2 ** 32;

/** The address and the token under which it will answer. */
export function labAddress(port: number): { url: string; token: string } {
  return { url: `http://127.0.0.1:${port}`, token: randomBytes(24).toString('base64url') };
}

/** `ownsDatabase`: the embedded one is there to be broken. */
export async function startProxies(ports: ProxyPorts, ownsDatabase: boolean): Promise<LabProxies> {
  const fulfillment = await startTcpProxy(ports.OF_PORT, ports.OF_BEHIND_PORT);
  const database = ownsDatabase ? await startTcpProxy(ports.DATABASE_FRONT_PORT, ports.POSTGRES_PORT) : undefined;
  return { fulfillment, database, close: async () => void (await Promise.all([fulfillment.close(), database?.close()])) };
}

export async function openLab(room: LabRoom): Promise<OpenLab> {
  const { description, proxies } = room;
  const { url, token } = description.lab ?? labAddress(0);
  const asked = new AbortController();
  const apiOf = (clientId: string, service: string): Api =>
    createApi({ issuer: description.issuer, clientId, secret: description.clients[clientId]?.secret ?? '', service, signal: asked.signal, giveUpAfterMs: LOOK_LIMIT_MS });
  const cc = apiOf('operator', description.cc);
  const of = apiOf('commerce-coordinator', description.of);
  const lab = new Lab({
    breakables: breakables(room),
    why: {
      ...(room.whyNoBuses !== undefined && { bus: room.whyNoBuses, queue: room.whyNoBuses }),
      ...(proxies.database === undefined && { database: 'DATABASE_URL names a server of your own.' }),
    },
    nowMs: Date.now,
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    drawSeed: () => randomInt(LARGEST_SEED),
    readOpenIds: () => readOpenIds(cc),
    readFacts: (sinceMs, named) => readFacts({ cc, of, description }, sinceMs, named),
  });
  const server = await listenOnLoopback(Number(new URL(url).port), () => labHandler(lab, token));
  return {
    lab,
    async close() {
      if (asked.signal.aborted) return;
      lab.close();
      asked.abort();
      // Whoever ends now must reach its database and its neighbours.
      proxies.fulfillment.set(UNDISTURBED);
      proxies.database?.set(UNDISTURBED);
      await server.stop(0);
    },
  };
}

function breakables({ description, supervisor, proxies, receiverKey, lmsFaults, paymentsFaults, whyNoBuses }: LabRoom): ReturnType<typeof breakablesOf> {
  const { inside, lms, payments, receiver, aws } = description;
  return breakablesOf({
    process: (name) => ({ hold: () => supervisor.process(name).hold(), release: () => supervisor.process(name).release() }),
    proxies: { 'order-fulfillment': proxies.fulfillment, database: proxies.database },
    aws: whyNoBuses === undefined ? settingsAt(`${aws}/_local/faults`) : undefined,
    enqueue: (bodies) => sendToQueue(description, bodies, SETTINGS_LIMIT_MS),
    lms: settingsAt(`${lms}/_stand-in/faults`, inside.lmsApiKey),
    payments: settingsAt(`${payments}/_stand-in/faults`, inside.paymentsApiKey),
    receiver: receiver === undefined ? undefined : settingsAt(`${receiver}/_stand-in/faults`, receiverKey),
    usual: { lms: JSON.parse(lmsFaults ?? '{}') as object, payments: JSON.parse(paymentsFaults ?? '{}') as object },
  });
}

function settingsAt(url: string, key?: string): SendSettings {
  return async (settings) => {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const answer = await fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(settings), signal: AbortSignal.timeout(SETTINGS_LIMIT_MS) });
    if (!answer.ok) throw new Error(`${url} does not take its fault settings: ${answer.status} ${await answer.text()}`);
  };
}
