/**
 * The kit against our own pair with one fault planted at a time, in front of Order Fulfillment or Commerce Coordinator: it must find
 * broken exactly the promises that the fault is about, and nothing without a fault. One stack serves all, and three runs go on at
 * once. Takes two minutes and more, so it runs where CONFORMANCE=1 asks for it, which is after a change of the kit or of a promise.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CC_FAULTS, startBrokenCc } from './broken-cc.ts';
import type { CcFaultName } from './broken-cc.ts';
import { FAULTS, startBrokenOf } from './broken-of.ts';
import type { FaultName } from './broken-of.ts';
import { busOutlet, queueOutlet } from './bus.aws.ts';
import type { AwsPlace } from './bus.aws.ts';
import { startFulfillingSide } from './cc/fulfilling-side.http.ts';
import type { FulfillingSide } from './cc/fulfilling-side.http.ts';
import { judgeCc } from './cc/suite.ts';
import { withToken } from './credentials.http.ts';
import { ofStack, reportOf } from './judge.ts';
import { startOwnStack } from './own-stack.ts';
import type { OwnStack } from './own-stack.ts';
import type { Result } from './runner.ts';

const START_LIMIT_MS = 90_000;
const RUN_LIMIT_MS = 60_000;
const ALL_LIMIT_MS = 170_000;
const AT_ONCE = 3;
const GIVEN = { texts: {}, only: undefined, patienceMs: 6_000 };
const CLIENT_ID = 'commerce-coordinator';
const SUITE = { concurrency: 12, limitMs: 30_000, report: () => undefined };
const asked = process.env['CONFORMANCE'] === '1';
const testIfAsked = asked ? test : test.skip;

type Findings = Readonly<Record<string, string>>;

let side: FulfillingSide;
let stack: OwnStack;
const runs = new Map<string, { run: () => Promise<Findings>; result: PromiseWithResolvers<Findings> }>();
let working: Promise<unknown> = Promise.resolve();

plan('OF', () => ofFindings(undefined));
for (const name of Object.keys(FAULTS) as FaultName[]) plan(name, () => ofFindings(name));
plan('CC over the bus', ccFindingsOverTheBus);
for (const name of Object.keys(CC_FAULTS) as CcFaultName[]) plan(name, () => ccFindings(name));

beforeAll(async () => {
  if (!asked) return;
  side = await startFulfillingSide(0, CLIENT_ID);
  stack = await startOwnStack(side.url, AbortSignal.timeout(START_LIMIT_MS));
  const queue = [...runs.values()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next.run().then(next.result.resolve, next.result.reject);
  };
  working = Promise.all(Array.from({ length: AT_ONCE }, worker));
}, START_LIMIT_MS);
afterAll(async () => {
  await working;
  await stack?.stop();
  await side?.close();
}, START_LIMIT_MS);

function plan(name: string, run: () => Promise<Findings>): void {
  const result = Promise.withResolvers<Findings>();
  result.promise.catch(() => undefined);
  runs.set(name, { run, result });
}

const place = (): AwsPlace => ({ endpoint: stack.description.aws, region: 'us-east-1' });

/** Every promise that is not kept, with the reason. */
function notKept(results: readonly Result[]): Findings {
  return Object.fromEntries(results.flatMap(({ id, verdict, why }) => (verdict === 'kept' ? [] : [[id, `${verdict}: ${why}`]])));
}

async function ofFindings(fault: FaultName | undefined): Promise<Findings> {
  const { of: url, issuer, clients, buses } = stack.description;
  const inputs = ofStack(stack.description, GIVEN);
  const owner = withToken({ clientId: 'partner', secret: clients['partner']?.secret ?? '', issuer, audience: url });
  const broken = await startBrokenOf(fault, { url, aws: place(), bus: buses.of, owner });
  try {
    const { results } = await reportOf({ ...inputs, url: broken.url, subscribe: broken.subscribe }, GIVEN, AbortSignal.timeout(RUN_LIMIT_MS), () => undefined);
    return notKept(results);
  } finally {
    await broken.close();
  }
}

function ccGiven() {
  const { cc, issuer, clients } = stack.description;
  const storefront = withToken({ clientId: 'storefront', secret: clients['storefront']?.secret ?? '', issuer, audience: cc });
  return { url: cc, storefront, side, clientId: CLIENT_ID, asksAfterMs: stack.asksAfterMs, patienceMs: GIVEN.patienceMs };
}

async function ccFindings(fault: CcFaultName): Promise<Findings> {
  const outlet = queueOutlet(place(), stack.description.queueUrl);
  const broken = await startBrokenCc(fault, { url: stack.description.cc, outlet, clientId: CLIENT_ID, affair: side.affair });
  try {
    const given = { ...ccGiven(), url: broken.url, outlet: broken.outlet };
    return notKept(await judgeCc(given, { ...SUITE, only: ['hearing'], signal: AbortSignal.timeout(RUN_LIMIT_MS) }));
  } finally {
    outlet.close();
    await broken.close();
  }
}

async function ccFindingsOverTheBus(): Promise<Findings> {
  const outlet = busOutlet(place(), stack.description.buses.of);
  try {
    return notKept(await judgeCc({ ...ccGiven(), outlet }, { ...SUITE, signal: AbortSignal.timeout(RUN_LIMIT_MS) }));
  } finally {
    outlet.close();
  }
}

const found = (name: string): Promise<Findings> | undefined => runs.get(name)?.result.promise;

testIfAsked('without a fault Order Fulfillment keeps every promise (needs CONFORMANCE=1: it takes a stack)', async () => {
  expect(await found('OF')).toEqual({});
}, ALL_LIMIT_MS);

testIfAsked('without a fault Commerce Coordinator keeps every promise, over the bus, too (needs CONFORMANCE=1: it takes a stack)', async () => {
  expect(await found('CC over the bus')).toEqual({ 'hearing.malformed': expect.stringMatching(/^skipped: only a bus/) });
}, ALL_LIMIT_MS);

const PLANTED = [...Object.entries(FAULTS), ...Object.entries(CC_FAULTS)].map(([name, { meaning, breaks }]) => [name, meaning, breaks] as const);

testIfAsked.each(PLANTED)('%s is found: %s (needs CONFORMANCE=1: it takes a stack)', async (name, _meaning, breaks) => {
  const findings = await found(name);
  expect({ found: Object.keys(findings ?? {}).toSorted(), why: findings }).toEqual({ found: [...breaks].toSorted(), why: findings });
}, ALL_LIMIT_MS);
