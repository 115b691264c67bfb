/** What a client may do, given on the command line: subject, scopes, providers, rate limit, event filter. */
import type { Command } from 'commander';
import { UsageFault } from './failures.ts';
import type { Work } from './work.ts';

export interface RecordOptions {
  readonly subject?: string;
  readonly scope?: readonly string[];
  readonly provider?: readonly string[];
  readonly rateLimit?: string;
  readonly eventFilterFile?: string;
}

/** The named parts of a record, as the service takes them; null takes a part away. */
export interface RecordBody {
  readonly scopes?: readonly string[];
  readonly providers?: Providers;
  readonly rateLimit?: { readonly requestsPerSecond: number; readonly burst?: number } | null;
  readonly eventFilter?: unknown;
}

export interface Providers {
  readonly default?: string;
  readonly byKind?: Readonly<Record<string, string>>;
  readonly bySku?: Readonly<Record<string, string>>;
}

export function addRecordOptions(command: Command): Command {
  return command
    .option('--subject <subject>', 'authenticates by tokens whose claim "sub" is this; keys that the client had are removed')
    .option('--scope <scope>', 'what it may do; once for each (default: fulfillment:read fulfillment:write)', several)
    .option('--provider <rule>', 'who delivers what: default=NAME, kind:KIND=NAME or sku:SKU=NAME; once for each', several)
    .option('--rate-limit <rate>', 'requests a second, or with what it may save up: 20, 20/40; "none"')
    .option('--event-filter-file <file>', 'EventBridge pattern over {source, detail-type, detail}: only these of its events are published; "-" is standard input, "none" for all');
}

/** The parts that are named. Throws UsageFault. */
export async function recordOf(options: RecordOptions, { readFile }: Pick<Work, 'readFile'>): Promise<RecordBody> {
  const { scope, provider, rateLimit, eventFilterFile } = options;
  return {
    ...(scope !== undefined && { scopes: scope }),
    ...(provider !== undefined && { providers: providersOf(provider) }),
    ...(rateLimit !== undefined && { rateLimit: rateOf(rateLimit) }),
    ...(eventFilterFile !== undefined && { eventFilter: eventFilterFile === 'none' ? null : patternOf(await readFile(eventFilterFile), eventFilterFile) }),
  };
}

function several(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

const RULE = /^(?:(default)|(kind|sku):(.+))=([^=]+)$/;

/** A rule that is said twice counts as it was said last. */
function providersOf(rules: readonly string[]): Providers {
  const maps = { kind: new Map<string, string>(), sku: new Map<string, string>() };
  let byDefault: string | undefined;
  for (const rule of rules) {
    const [, isDefault, scope, name = '', provider = ''] = RULE.exec(rule) ?? [];
    if (isDefault !== undefined) byDefault = provider;
    else if (scope === 'kind' || scope === 'sku') maps[scope].set(name, provider);
    else throw new UsageFault(`--provider ${rule} is no rule: default=NAME, kind:KIND=NAME or sku:SKU=NAME.`);
  }
  return {
    ...(byDefault !== undefined && { default: byDefault }),
    ...(maps.kind.size > 0 && { byKind: Object.fromEntries(maps.kind) }),
    ...(maps.sku.size > 0 && { bySku: Object.fromEntries(maps.sku) }),
  };
}

function rateOf(text: string): NonNullable<RecordBody['rateLimit']> | null {
  if (text === 'none') return null;
  const [, rate, burst] = /^(\d+(?:\.\d+)?)(?:\/(\d+))?$/.exec(text) ?? [];
  if (Number(rate ?? 0) === 0 || burst === '0') throw new UsageFault('--rate-limit is requests a second above 0, as 20, or with what may be saved up, as 20/40; or "none".');
  return { requestsPerSecond: Number(rate), ...(burst !== undefined && { burst: Number(burst) }) };
}

function patternOf(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageFault(`${path} holds no JSON: ${(error as Error).message}`, { cause: error });
  }
}
