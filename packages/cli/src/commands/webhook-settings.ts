/** What a webhook is told by options: what it hears, and how it is treated. */
import type { Command } from 'commander';
import { UsageFault } from '../failures.ts';
import type { Work } from '../work.ts';

export interface Settings {
  readonly event?: readonly string[];
  readonly filterFile?: string;
  readonly attempts?: string;
  readonly delay?: string;
  readonly timeoutMs?: string;
  readonly rateLimit?: string;
  readonly maxInFlight?: string;
  readonly ordered?: boolean;
  readonly header?: readonly string[];
  readonly description?: string;
}

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function addSettings(command: Command): Command {
  return command
    .option('--event <name>', 'what it hears: order.created, "order.*", "*"; once for each', several)
    .option('--filter-file <file>', 'EventBridge pattern over the body: only these; "-" is standard input, "none" for all')
    .option('--attempts <count>', 'all attempts of a delivery')
    .option('--delay <ms>', 'wait after the first failure; doubled with each further one')
    .option('--timeout-ms <ms>', 'time for one attempt')
    .option('--rate-limit <count>', 'deliveries a second; "none"')
    .option('--max-in-flight <count>', 'deliveries at once')
    .option('--ordered', 'of one order, one at a time and in order').option('--no-ordered', 'as they come')
    .option('--header <header>', '"Name: value", sent along; once for each; these replace all that it has', several)
    .option('--description <text>', 'for people');
}

/** The members that are named. Throws UsageFault. */
export async function settingsOf(given: Settings, { readFile }: Pick<Work, 'readFile'>): Promise<Record<string, unknown>> {
  const { event, filterFile, attempts, delay, timeoutMs, rateLimit, maxInFlight, ordered, header, description } = given;
  return {
    ...(event !== undefined && { events: event }),
    ...(filterFile !== undefined && { filter: filterFile === 'none' ? null : jsonOf(await readFile(filterFile)) }),
    ...(attempts !== undefined && { retryAttempts: countOf(attempts, '--attempts') }),
    ...(delay !== undefined && { retryDelay: countOf(delay, '--delay') }),
    ...(timeoutMs !== undefined && { timeout: countOf(timeoutMs, '--timeout-ms') }),
    ...(rateLimit !== undefined && { rateLimit: rateLimit === 'none' ? null : countOf(rateLimit, '--rate-limit') }),
    ...(maxInFlight !== undefined && { maxInFlight: countOf(maxInFlight, '--max-in-flight') }),
    ...(ordered !== undefined && { ordered }),
    ...(header !== undefined && { headers: Object.fromEntries(header.map(headerOf)) }),
    ...(description !== undefined && { description }),
  };
}

function countOf(text: string, option: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageFault(`${option} is a whole number.`);
  return Number(text);
}

function headerOf(text: string): [string, string] {
  const [, name, value] = /^([^:]+):\s*(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new UsageFault('--header is "Name: value".');
  return [name.trim(), value];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageFault(`The filter is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
