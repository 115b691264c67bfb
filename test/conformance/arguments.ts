/** What `pnpm conformance` may be told on its command line. Pure but for reading values from files. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

export const USAGE = `pnpm conformance [--stack [FILE]] [--of URL …] [--cc URL …]

Judges whether an Order Fulfillment or a Commerce Coordinator keeps the promises of the contract between them, from the outside:
over their HTTP APIs, their events, and nothing else. Without --of and --cc it starts our own pair in a throw-away directory and
judges both; there, a promise that is skipped is as bad as a broken one. Exit code 0: no promise is broken; 1: at least one is; 2: the
options are wrong or something needed cannot be reached.

  --stack [FILE]             addresses and clients of a running local stack out of its stack.json; without FILE: a stack of its own
  --only ID,ID               only these promises: an id such as cancel.repeat, or an area such as cancel
  --json FILE                writes the results there, too
  --timeout-seconds N        for the whole run (default 150)      --patience-seconds N   for one outcome (default 10)
  --list                     prints every promise and ends

An Order Fulfillment (--of URL):
  --audience URL             the address under which it knows itself, if that is another: audience of tokens, target of signatures
  --issuer URL               OpenID issuer of the tokens
  --client ID --client-secret SECRET            a client with tokens: the first one if it is given, else the one with a signature
  --signer ID --key-id ID --key SECRET          a client with signatures: base64 of an HMAC secret, or a PEM private key (Ed25519)
  --second ID --second-secret SECRET            a second client with tokens; left out: the one with a signature
  --operator ID --operator-secret SECRET        may manage clients: then the kit makes a client with signatures, and removes it
  --other-audience URL       another service for which the issuer gives the first client a token
  --aws URL --bus NAME       EventBridge (left out: AWS itself) and the bus: the kit makes a rule and a queue, and removes them
  --queue URL                or a queue that gets the first client's events and that nobody else reads; the kit empties it
  --sku-instant SKU[:KIND]   delivered at once (default CONFORMANCE-INSTANT:digital)
  --sku-later SKU[:KIND],…   takes a while; several come in turn (default CONFORMANCE-LATER:physical)
  --sku-failing SKU[:KIND]   taken on, and then refused by whoever carries it out (no default)

A Commerce Coordinator (--cc URL), for which the kit plays the fulfilling side:
  --serve-of PORT            port on 127.0.0.1 where it expects Order Fulfillment; the kit serves that API there
  --issuer URL --storefront ID --storefront-secret SECRET     who places orders and reads them
  --aws URL --cc-queue URL   its queue, to which the kit sends; or --cc-bus NAME: the bus whose events reach that queue
  --cc-client ID             its name at Order Fulfillment (default commerce-coordinator)
  --asks-after-seconds N     when it asks for an outcome that does not come; left out: that promise is skipped

A value that begins with @ is read from the file of that name. The AWS SDK reads its own variables: AWS_REGION and the credentials.`;

/** The options cannot be used. The message is for people. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}

const TEXTS = [
  'stack', 'only', 'json', 'timeout-seconds', 'patience-seconds', 'of', 'audience', 'issuer', 'client', 'client-secret', 'signer', 'key-id', 'key', 'second', 'second-secret',
  'operator', 'operator-secret', 'other-audience', 'aws', 'bus', 'queue', 'sku-instant', 'sku-later', 'sku-failing', 'cc', 'serve-of', 'storefront', 'storefront-secret',
  'cc-queue', 'cc-bus', 'cc-client', 'asks-after-seconds',
] as const;
type TextName = (typeof TEXTS)[number];
export type Texts = Readonly<Partial<Record<TextName, string>>>;

export interface Arguments {
  readonly help: boolean;
  readonly list: boolean;
  /** A stack of its own is started. */
  readonly ownStack: boolean;
  readonly only: readonly string[] | undefined;
  readonly timeoutMs: number;
  readonly patienceMs: number;
  readonly texts: Texts;
}

const URLS = ['of', 'audience', 'issuer', 'other-audience', 'aws', 'queue', 'cc', 'cc-queue'] as const;
/** Options that mean nothing without their partners. */
const TOGETHER: readonly (readonly TextName[])[] = [
  ['client', 'client-secret', 'issuer'], ['second', 'second-secret', 'issuer'], ['operator', 'operator-secret', 'issuer'], ['signer', 'key-id', 'key'],
  ['storefront', 'storefront-secret', 'issuer'],
];

/** Throws `WrongUsage` for anything unknown, malformed, contradictory or incomplete. */
export function readArguments(given: readonly string[]): Arguments {
  const words = given.filter((word) => word !== '--');
  const { ownStack, rest } = withoutBareStack(words);
  const { help, list, texts } = parse(rest);
  const alone = texts.of === undefined && texts.cc === undefined && texts.stack === undefined;
  const read: Arguments = {
    help, list, texts, ownStack: ownStack || alone,
    only: texts.only?.split(',').map((id) => id.trim()).filter((id) => id !== ''),
    timeoutMs: seconds(texts, 'timeout-seconds', 150), patienceMs: seconds(texts, 'patience-seconds', 10),
  };
  if (!help && !list) refuse(read, ownStack);
  return read;
}

/** `--stack` may stand without a value, which parseArgs does not know. */
function withoutBareStack(words: readonly string[]): { ownStack: boolean; rest: string[] } {
  const isBare = (word: string, index: number): boolean => word === '--stack' && (words[index + 1] === undefined || words[index + 1]?.startsWith('--') === true);
  return { ownStack: words.some(isBare), rest: words.filter((word, index) => !isBare(word, index)) };
}

function parse(args: string[]): { help: boolean; list: boolean; texts: Texts } {
  try {
    const options = { help: { type: 'boolean' }, list: { type: 'boolean' }, ...Object.fromEntries(TEXTS.map((name) => [name, { type: 'string' }])) } as const;
    const { help = false, list = false, ...texts } = parseArgs({ args, options: options as Record<string, { type: 'string' | 'boolean' }> }).values as Record<string, string | boolean>;
    return { help: help === true, list: list === true, texts: Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, fromFile(name, String(value))])) };
  } catch (error) {
    if (error instanceof WrongUsage) throw error;
    throw new WrongUsage((error as Error).message);
  }
}

function fromFile(name: string, value: string): string {
  if (!value.startsWith('@')) return value;
  try {
    return readFileSync(value.slice(1), 'utf8').trim();
  } catch {
    throw new WrongUsage(`--${name} names the file ${value.slice(1)}, which cannot be read.`);
  }
}

function seconds(texts: Texts, name: 'timeout-seconds' | 'patience-seconds' | 'asks-after-seconds', byDefault: number): number {
  const value = Number(texts[name] ?? byDefault);
  if (!(value > 0 && value <= 3_600)) throw new WrongUsage(`--${name} takes a number of seconds above 0 and up to 3600.`);
  return value * 1_000;
}

function refuse({ texts, only }: Arguments, bareStack: boolean): void {
  if (bareStack && (texts.of !== undefined || texts.cc !== undefined)) throw new WrongUsage('--stack without a file judges a pair of its own; --of and --cc judge another one.');
  if (texts.stack !== undefined && texts.of !== undefined) throw new WrongUsage('--stack FILE names the Order Fulfillment already; leave --of out.');
  if (only?.length === 0) throw new WrongUsage('--only takes ids of promises, separated by commas.');
  for (const name of URLS) if (texts[name] !== undefined && !/^https?:$/.test(URL.parse(texts[name])?.protocol ?? '')) throw new WrongUsage(`--${name} takes an http or https address.`);
  for (const group of TOGETHER) {
    const missing = group.filter((name) => texts[name] === undefined);
    if (texts[group[0] as TextName] !== undefined && missing.length > 0) throw new WrongUsage(`--${group[0]} needs ${missing.map((name) => `--${name}`).join(' and ')}, too.`);
  }
  if (texts.of !== undefined && texts.client === undefined && texts.signer === undefined) throw new WrongUsage('--of needs a client: --client with its secret, or --signer with its key.');
  if (texts.bus !== undefined && texts.queue !== undefined) throw new WrongUsage('--bus and --queue exclude each other.');
  if (texts.cc !== undefined) refuseCoordinator(texts);
}

function refuseCoordinator(texts: Texts): void {
  const port = Number(texts['serve-of'] ?? Number.NaN);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new WrongUsage('--cc needs --serve-of PORT: where it expects Order Fulfillment.');
  if (texts.storefront === undefined) throw new WrongUsage('--cc needs --storefront with its secret: who places orders.');
  if ((texts['cc-queue'] === undefined) === (texts['cc-bus'] === undefined)) throw new WrongUsage('--cc needs either --cc-queue or --cc-bus: where the kit sends events.');
  if (texts['asks-after-seconds'] !== undefined) seconds(texts, 'asks-after-seconds', 1);
}
