/** The result of a run: a grid of faults and invariants, as text and as what the dashboard shows. Pure. */
import { INVARIANTS } from './invariants.ts';
import { isGreen } from './scene.ts';
import type { Row } from './scene.ts';

export interface Result {
  readonly command: string;
  readonly seed: number;
  readonly startedAt: string;
  readonly tookMs: number;
  readonly machine: string;
  readonly invariants: readonly { readonly id: string; readonly name: string }[];
  readonly rows: readonly (Row & { readonly isGreen: boolean; /** Runs this row again. */ readonly again: string })[];
  readonly classes: readonly ClassSum[];
  /** Scenarios that cannot be done on this machine. */
  readonly notPossible: readonly { readonly id: string; readonly name: string; readonly why: string }[];
}

/** One class of faults. */
export interface ClassSum {
  readonly faultClass: string;
  readonly scenarios: number;
  /** Ends by a signal after which all held. */
  readonly killsSurvived: number;
  readonly kills: number;
  /** That were asked for, and those that were accepted: the others were refused, or had no answer until the witness gave up. */
  readonly orders: number;
  readonly accepted: number;
  readonly lost: number;
  readonly unexpected: number;
  readonly deliveredTwice: number;
  readonly extraWebhooks: number;
  /** Webhooks that were under way at a cut, each as often as one was. */
  readonly allowedWebhooks: number;
  /** The most that one webhook came beyond its first, and the most that was allowed. */
  readonly mostExtra: number;
  readonly mostAllowed: number;
  readonly convergedP50Ms: number | null;
  readonly convergedP99Ms: number | null;
}

export function resultOf(rows: readonly Row[], run: Pick<Result, 'command' | 'seed' | 'startedAt' | 'tookMs' | 'machine' | 'notPossible'>): Result {
  return {
    ...run, invariants: INVARIANTS.map(({ id, name }) => ({ id, name })),
    rows: rows.map((row) => ({ ...row, isGreen: isGreen(row), again: `npx --yes pnpm@12.21.0 faults --only ${row.id} --seed ${run.seed}` })),
    classes: [...Map.groupBy(rows, ({ faultClass }) => faultClass)].map(([faultClass, all]) => sumOf(faultClass, all)),
  };
}

function sumOf(faultClass: string, rows: readonly Row[]): ClassSum {
  const sum = (of: (row: Row) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const times = rows.flatMap(({ convergedInMs }) => (convergedInMs === null ? [] : [convergedInMs])).sort((a, b) => a - b);
  return {
    faultClass, scenarios: rows.length, kills: sum(({ kills }) => kills), killsSurvived: sum((row) => (isGreen(row) ? row.kills : 0)),
    orders: sum(({ counts }) => counts.asked), accepted: sum(({ counts }) => counts.accepted), lost: sum(({ counts }) => counts.lost), unexpected: sum(({ counts }) => counts.unexpected), deliveredTwice: sum(({ counts }) => counts.deliveredTwice),
    extraWebhooks: sum(({ counts }) => counts.extraWebhooks), allowedWebhooks: sum(({ counts }) => counts.allowedWebhooks),
    mostExtra: Math.max(...rows.map(({ counts }) => counts.mostExtra)), mostAllowed: Math.max(...rows.map(({ counts }) => counts.mostAllowed)),
    convergedP50Ms: quantile(times, 0.5), convergedP99Ms: quantile(times, 0.99),
  };
}

/** Of sorted numbers, the smallest that is not exceeded by this share; null of none. */
export function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

const seconds = (ms: number | null): string => (ms === null ? 'never' : `${(ms / 1_000).toFixed(1)} s`);

/** One line of the grid, as it is told while the run goes on. */
export function rowLine({ id, name, fault, cells, convergedInMs, counts, tookMs }: Row): string {
  const marks = cells.map(({ invariant, wrong }) => (wrong === null ? '   –' : wrong.length === 0 ? '  ok' : invariant.padStart(4))).join(' ');
  const verdict = isGreen({ fault, cells }) ? 'green' : 'RED  ';
  return `${id.padEnd(8)}${verdict} ${marks}  ${seconds(convergedInMs).padStart(7)}  ${String(counts.accepted).padStart(4)} orders, ${seconds(tookMs).padStart(7)}  ${name}`;
}

/** What is wrong with a row, line by line. */
export function complaintsOf({ id, fault, cells, notes }: Row): string[] {
  const wrong = cells.flatMap(({ invariant, wrong: all }) => (all ?? []).map((one) => `  ${id} ${invariant}: ${one}`));
  return [...(fault === null ? [] : [`  ${id} did not come about: ${fault}`]), ...wrong, ...(fault === null && wrong.length === 0 ? [] : notes.map((note) => `  ${id} (${note})`))];
}

/** The whole result. */
export function resultText({ invariants, rows, classes, seed, machine, tookMs, notPossible }: Result): string {
  const red = rows.filter((row) => !row.isGreen);
  return [
    '', `${'fault'.padEnd(14)}${invariants.map(({ id }) => id.padStart(4)).join(' ')}  at rest`, ...rows.map(rowLine), '',
    ...invariants.map(({ id, name }) => `${id.padEnd(4)} ${name}`), '',
    ...classes.map((sum) => `${sum.faultClass}: ${sum.scenarios} scenarios, ${sum.killsSurvived} of ${sum.kills} kills survived, ${sum.orders} orders, ${sum.accepted} accepted, lost ${sum.lost}, unexpected ${sum.unexpected}, delivered twice ${sum.deliveredTwice}, ` +
      `webhooks that came again ${sum.extraWebhooks} of ${sum.allowedWebhooks} that were under way at a cut (one at most ${sum.mostExtra}, allowed ${sum.mostAllowed}), at rest after ${seconds(sum.convergedP50Ms)} p50, ${seconds(sum.convergedP99Ms)} p99`),
    '', ...notPossible.map(({ id, why }) => `${id} was not done here: ${why}`), ...red.flatMap((row) => [...complaintsOf(row), `  ${row.id} again: ${row.again}`]),
    `${rows.length - red.length} of ${rows.length} scenarios green, seed ${seed}, ${seconds(tookMs)}, ${machine}.`,
  ].join('\n');
}
