/** `analytics`: how many events of each type there are, how fast they come, and how long the steps of orders take. */
import type { Command } from 'commander';
import { z } from 'zod';
import { addExamples } from '../help.ts';
import { pastTimeOf } from '../moments.ts';
import { query } from '../paths.ts';
import { NOTHING, table } from '../text.ts';
import type { Time } from '../time-text.ts';
import type { Perform, Work } from '../work.ts';

const rate = { count: z.number(), perSecond: z.number(), late: z.number() };
const ms = z.number().nullable();
const form = z.looseObject({
  window: z.string(), from: z.string(), to: z.string(), relativeError: z.number(), pending: z.number(),
  types: z.array(z.looseObject({ type: z.string(), ...rate })),
  steps: z.array(z.looseObject({ step: z.string(), ...rate, meanMs: ms, p50Ms: ms, p95Ms: ms, p99Ms: ms })),
});
type Figures = z.infer<typeof form>;

interface Options {
  readonly window?: string;
  readonly from?: string;
  readonly to?: string;
  readonly measure?: string;
}

const EXAMPLES = `
Examples:
  cli analytics
  cli analytics --window 1h --from 7d
  cli analytics --measure paid_to_fulfilled --from 2030-01-31T12:00:00Z --to 2030-01-31T13:00:00Z
`;

export function addAnalytics(program: Command, perform: Perform): void {
  addExamples(program.command('analytics'), EXAMPLES).description('events by type, and how long the steps of orders take (needs the scope events:read)')
    .option('--window <length>', 'how finely it is counted: 10s (kept two hours), 1m (two days) or 1h (ninety days)')
    .option('--from <time>', 'since then, or so long ago: 30m, 12h, 7d')
    .option('--to <time>', 'until then; now when left out')
    .option('--measure <name>', 'only this event type, or this step')
    .action(perform(show));
}

async function show(work: Work, { window, from, to, measure }: Options): Promise<void> {
  const at = (text: string | undefined, option: string): string | undefined => (text === undefined ? undefined : pastTimeOf(text, option, work.nowMs()));
  work.show(await (await work.api('cc', 'operator')).call('GET', `/api/analytics${query({ window, from: at(from, '--from'), to: at(to, '--to'), measure })}`), form, text);
}

function text({ from, to, pending, types, steps }: Figures, time: Time): string {
  const head = `${time(from)} to ${time(to)}${pending === 0 ? '' : `, and ${pending} batches that follow in a moment`}\n`;
  if (types.length + steps.length === 0) return `${head}Nothing was counted.\n`;
  const counts = table(['TYPE', 'COUNT', 'A SECOND', 'LATE'], types.map(({ type, count, perSecond, late }) => [type, String(count), String(perSecond), String(late)]));
  const times = table(['STEP', 'COUNT', 'MEAN', 'P50', 'P95', 'P99'], steps.map((one) => [one.step, String(one.count), ...[one.meanMs, one.p50Ms, one.p95Ms, one.p99Ms].map(span)]));
  return [head, ...(types.length === 0 ? [] : [counts]), ...(steps.length === 0 ? [] : [times])].join('\n');
}

function span(milliseconds: number | null): string {
  if (milliseconds === null) return NOTHING;
  if (milliseconds < 10_000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1_000;
  return seconds < 600 ? `${seconds.toFixed(1)} s` : seconds < 36_000 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}
