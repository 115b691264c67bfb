/** Brings the parts of a run together: the stack if one is wanted, the inputs of both suites, their judgement, and the way down. */
import { readFileSync } from 'node:fs';
import type { StackDescription } from '@commerce/local-stack/stack';
import { WrongUsage } from './arguments.ts';
import type { Arguments, Texts } from './arguments.ts';
import { busOutlet, queueOutlet, subscribe } from './bus.aws.ts';
import type { AwsPlace, Outlet } from './bus.aws.ts';
import { isCcId, judgeCc } from './cc/suite.ts';
import { startFulfillingSide } from './cc/fulfilling-side.http.ts';
import type { FulfillingSide } from './cc/fulfilling-side.http.ts';
import { tokenOf, withToken } from './credentials.http.ts';
import { CannotJudge, prepare, productOf, productsOf } from './of/inputs.ts';
import type { ClientSecret, OfInputs } from './of/inputs.ts';
import { isOfId, judgeOf } from './of/suite.ts';
import type { SuiteOptions } from './of/suite.ts';
import { REFUSED_COURSE, startOwnStack } from './own-stack.ts';
import { redactor } from './redact.ts';
import type { Report } from './report.ts';
import type { Result } from './runner.ts';
import type { SigningKey } from './signing.ts';

const CONCURRENCY = 12;
const LOCAL_REGION = 'us-east-1';
const CC_CLIENT = 'commerce-coordinator';
const DEFAULT_PRODUCTS = { instant: 'CONFORMANCE-INSTANT:digital', later: 'CONFORMANCE-LATER:physical' };

/** In a local stack: a parcel of the warehouse, and a course of the LMS. */
const STACK_LATER = 'CONFORMANCE-LATER:physical,CONFORMANCE-COURSE:course';

/** What is needed of a Commerce Coordinator. */
interface CcInputs {
  readonly url: string;
  readonly issuer: string;
  readonly storefront: ClientSecret;
  readonly clientId: string;
  readonly asksAfterMs: number | undefined;
  readonly outlet: Outlet;
  readonly side: FulfillingSide;
  readonly patienceMs: number;
}

type Tell = (text: string) => void;

/** Judges what was asked for. Throws `WrongUsage` and `CannotJudge`; whatever was started has ended then, too. */
export async function judge(given: Arguments, asked: AbortSignal, tell: Tell): Promise<Report[]> {
  const signal = AbortSignal.any([asked, AbortSignal.timeout(given.timeoutMs)]);
  const reports = given.ownStack ? await judgeOwn(given, signal, tell) : await judgeGiven(given, signal, tell);
  if (asked.aborted) throw new CannotJudge('The run was stopped.');
  return reports;
}

async function judgeOwn(given: Arguments, signal: AbortSignal, tell: Tell): Promise<Report[]> {
  const side = await startFulfillingSide(0, CC_CLIENT);
  tell('Starting a pair of our own …');
  const stack = await startOwnStack(side.url, signal).catch(async (error: unknown) => {
    await side.close();
    throw new CannotJudge((error as Error).message);
  });
  const outlet = queueOutlet({ endpoint: stack.description.aws, region: LOCAL_REGION }, stack.description.queueUrl);
  try {
    const { cc, issuer } = stack.description;
    const storefront = clientOf(stack.description, 'storefront');
    return [
      ...(wants(given, isOfId) ? [await reportOf(ofStack(stack.description, given), given, signal, tell)] : []),
      ...(wants(given, isCcId) ? [await reportCc({ url: cc, issuer, storefront, clientId: CC_CLIENT, asksAfterMs: stack.asksAfterMs, outlet, side, patienceMs: given.patienceMs }, given, signal, tell)] : []),
    ];
  } finally {
    outlet.close();
    await stack.stop();
    await side.close();
  }
}

async function judgeGiven(given: Arguments, signal: AbortSignal, tell: Tell): Promise<Report[]> {
  const { texts } = given;
  const reports: Report[] = [];
  const restore = texts.stack === undefined ? undefined : await refuseOneCourse(readStack(texts.stack));
  try {
    const inputs = texts.stack !== undefined ? ofStack(readStack(texts.stack), given) : texts.of !== undefined ? ofTexts(given) : undefined;
    if (inputs !== undefined && wants(given, isOfId)) reports.push(await reportOf(inputs, given, signal, tell));
  } finally {
    await restore?.();
  }
  if (texts.cc !== undefined && wants(given, isCcId)) reports.push(await reportGivenCc(given, signal, tell));
  return reports;
}

function wants({ only }: Arguments, isId: (wanted: string) => boolean): boolean {
  return only === undefined || only.some(isId);
}

/** Judges one Order Fulfillment, and takes away what was made for that. */
export async function reportOf(inputs: OfInputs, given: Pick<Arguments, 'only' | 'patienceMs'>, signal: AbortSignal, tell: Tell): Promise<Report> {
  const prepared = await prepare(inputs, signal);
  try {
    const results = await judgeOf(prepared.given, prepared.missing, suiteOptions(given, signal, tell));
    return { subject: `Order Fulfillment at ${inputs.url}`, results: redacted(results, prepared.secrets) };
  } finally {
    await prepared.close();
  }
}

async function reportCc(inputs: CcInputs, given: Arguments, signal: AbortSignal, tell: Tell): Promise<Report> {
  const { url, issuer, storefront, side, outlet, clientId, asksAfterMs, patienceMs } = inputs;
  const client = { clientId: storefront.id, secret: storefront.secret, issuer, audience: url };
  await tokenOf(client).catch((error: unknown) => {
    throw new CannotJudge((error as Error).message);
  });
  const results = await judgeCc({ url, storefront: withToken(client), side, outlet, clientId, asksAfterMs, patienceMs }, suiteOptions(given, signal, tell));
  return { subject: `Commerce Coordinator at ${url}`, results: redacted(results, [storefront.secret]) };
}

function suiteOptions({ only, patienceMs }: Pick<Arguments, 'only' | 'patienceMs'>, signal: AbortSignal, tell: Tell): SuiteOptions {
  const report = ({ id, verdict, why }: Result): void => {
    if (verdict === 'broken') tell(`  broken: ${id}: ${why}`);
  };
  return { only, signal, report, concurrency: CONCURRENCY, limitMs: 30_000 + 2 * patienceMs };
}

function redacted(results: readonly Result[], secrets: readonly string[]): Result[] {
  const redact = redactor(secrets);
  return results.map((result) => ({
    ...result, ...(result.why !== undefined && { why: redact.text(result.why) }), ...(result.evidence && { evidence: redact.evidence(result.evidence) }),
  }));
}

function readStack(file: string): StackDescription {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as StackDescription;
  } catch {
    throw new WrongUsage(`--stack names ${file}, which cannot be read. It is there while a local stack runs.`);
  }
}

function clientOf({ clients }: StackDescription, id: string): ClientSecret {
  const secret = clients[id]?.secret;
  if (secret === undefined) throw new CannotJudge(`The stack has no client ${id}.`);
  return { id, secret };
}

/** The Order Fulfillment of a local stack whose LMS refuses one course. */
export function ofStack(stack: StackDescription, { texts, patienceMs }: Pick<Arguments, 'texts' | 'patienceMs'>): OfInputs {
  const aws = { endpoint: stack.aws, region: LOCAL_REGION };
  return {
    url: stack.of, audience: texts.audience ?? stack.of, issuer: stack.issuer, client: clientOf(stack, 'partner'), operator: clientOf(stack, 'operator'), otherAudience: stack.cc,
    aws, subscribe: (clientIds) => subscribe(aws, stack.buses.of, clientIds), patienceMs,
    products: allProducts({ 'sku-failing': `${REFUSED_COURSE}:course`, 'sku-later': STACK_LATER, ...texts }),
  };
}

function ofTexts({ texts, patienceMs }: Arguments): OfInputs {
  const url = bare(texts.of ?? '');
  const { bus } = texts;
  const client = (id: string | undefined, secret: string | undefined): ClientSecret | undefined => (id === undefined || secret === undefined ? undefined : { id, secret });
  return {
    url, audience: bare(texts.audience ?? url), issuer: texts.issuer, client: client(texts.client, texts['client-secret']), second: client(texts.second, texts['second-secret']),
    operator: client(texts.operator, texts['operator-secret']), otherAudience: texts['other-audience'], aws: awsOf(texts), queueUrl: texts.queue, patienceMs,
    products: allProducts(texts),
    ...(bus !== undefined && { subscribe: (clientIds: readonly string[]) => subscribe(awsOf(texts), bus, clientIds) }),
    ...(texts.signer !== undefined && { signer: { clientId: texts.signer, key: keyOf(texts['key-id'] ?? '', texts.key ?? '') } }),
  };
}

function allProducts(texts: Texts): OfInputs['products'] {
  const failing = texts['sku-failing'];
  return {
    instant: productOf(texts['sku-instant'] ?? DEFAULT_PRODUCTS.instant), later: productsOf(texts['sku-later'] ?? DEFAULT_PRODUCTS.later),
    ...(failing !== undefined && { failing: productOf(failing) }),
  };
}

function keyOf(keyid: string, text: string): SigningKey {
  return text.startsWith('-----BEGIN') ? { keyid, alg: 'ed25519', privateKey: text } : { keyid, alg: 'hmac-sha256', secret: text };
}

function awsOf({ aws }: Texts): AwsPlace {
  return { endpoint: aws, region: process.env['AWS_REGION'] ?? LOCAL_REGION };
}

function bare(url: string): string {
  return url.replace(/\/+$/, '');
}

async function reportGivenCc(given: Arguments, signal: AbortSignal, tell: Tell): Promise<Report> {
  const { texts, patienceMs } = given;
  const clientId = texts['cc-client'] ?? CC_CLIENT;
  const side = await startFulfillingSide(Number(texts['serve-of']), clientId).catch((error: unknown) => {
    throw new CannotJudge(`The fulfilling side cannot listen on port ${texts['serve-of']}: ${(error as Error).message}`);
  });
  const outlet = texts['cc-queue'] !== undefined ? queueOutlet(awsOf(texts), texts['cc-queue']) : busOutlet(awsOf(texts), texts['cc-bus'] ?? '');
  try {
    const asksAfterMs = texts['asks-after-seconds'] === undefined ? undefined : Number(texts['asks-after-seconds']) * 1_000;
    const storefront = { id: texts.storefront ?? '', secret: texts['storefront-secret'] ?? '' };
    return await reportCc({ url: bare(texts.cc ?? ''), issuer: texts.issuer ?? '', storefront, clientId, asksAfterMs, outlet, side, patienceMs }, given, signal, tell);
  } finally {
    outlet.close();
    await side.close();
  }
}

/** Lets the LMS of a local stack refuse one course; gives the way back. */
async function refuseOneCourse({ lms, inside }: StackDescription): Promise<() => Promise<void>> {
  const url = `${lms}/_stand-in/faults`;
  const headers = { authorization: `Bearer ${inside.lmsApiKey}`, 'content-type': 'application/json' };
  const before = (await (await fetch(url, { headers })).json()) as { unknownCourses?: string[] };
  const put = async (faults: object): Promise<void> => void (await fetch(url, { method: 'PUT', headers, body: JSON.stringify(faults) }));
  await put({ ...before, unknownCourses: [...(before.unknownCourses ?? []), REFUSED_COURSE] });
  return () => put(before);
}
