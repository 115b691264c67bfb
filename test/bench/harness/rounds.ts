/**
 * Measures contenders beside each other: in rounds, each round in another order, and what is told are medians. A measurement during
 * which others used more than a fifth of the machine is refused and made again; one that stays so is told as such.
 */
import { availableParallelism } from 'node:os';
import { busyMs, treeCpuMs } from '../cpu.ts';
import { median, percentile } from '../table.ts';

/** What a contender did in its window. */
export interface Done {
  readonly count: number;
  readonly tookMs: number;
  /** Of single operations, where those are measured; or what was made of them already. */
  readonly latenciesMs?: readonly number[];
  readonly p50Ms?: number;
  readonly p99Ms?: number;
}

/** Runs what is measured; what stands before and after it in a contender's `run` counts for nothing. */
export type Window = (work: () => Promise<Done>) => Promise<void>;

export interface Contender {
  /** Unique in its row. */
  readonly name: string;
  readonly role: 'ours' | 'peer' | 'ceiling';
  /** Fills, warms up, and calls `window` once. */
  readonly run: (window: Window) => Promise<void>;
  /** Processes whose CPU counts as its own, during the window. Left out: none is told. */
  readonly pids?: () => readonly number[];
  /** That of its PostgreSQL; `databaseWithin`: one of its own processes has started it. */
  readonly databasePid?: () => number;
  readonly databaseWithin?: boolean;
}

export interface Measured {
  readonly count: number;
  readonly perSecond: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** CPU per operation, microseconds; null where it is not told. */
  readonly ownMicros: number | null;
  readonly databaseMicros: number | null;
  /** Share of the machine that others used, 0 to 1. */
  readonly foreignShare: number;
}

/** Medians over the rounds. */
export interface Line extends Measured {
  readonly name: string;
  readonly role: Contender['role'];
  readonly rounds: number;
  /** Rounds in which others used too much of the machine, however often it was measured. */
  readonly refused: number;
}

/** All that was measured of a row, for ratios of the same round. */
export interface Rounds {
  readonly lines: readonly Line[];
  /** Median over the rounds of `figure` of one contender divided by that of another in the same round. Undefined when one of them did not run. */
  ratio(of: string, beside: string, figure?: Figure): number | undefined;
}

export type Figure = 'perSecond' | 'p50Ms' | 'p99Ms' | 'ownMicros' | 'cpuMicros';

export interface RoundOptions {
  readonly rounds: number;
  /** Measurements of one contender in one round at most. */
  readonly tries: number;
  readonly tell: (text: string) => void;
}

const MAX_FOREIGN_SHARE = 0.2;

export async function inRounds(contenders: readonly Contender[], { rounds, tries, tell }: RoundOptions): Promise<Rounds> {
  const all = new Map<string, { readonly measured: Measured[]; refused: number }>(contenders.map(({ name }) => [name, { measured: [], refused: 0 }]));
  for (let round = 0; round < rounds; round += 1) {
    const from = round % contenders.length;
    for (const contender of [...contenders.slice(from), ...contenders.slice(0, from)]) {
      const kept = all.get(contender.name);
      const measured = await measureQuietly(contender, tries, tell);
      kept?.measured.push(measured);
      if (kept !== undefined && measured.foreignShare > MAX_FOREIGN_SHARE) kept.refused += 1;
      tell(`round ${round + 1}, ${contender.name}: ${told(measured)}`);
    }
  }
  const of = (name: string): readonly Measured[] => all.get(name)?.measured ?? [];
  return {
    lines: contenders.map(({ name, role }) => ({ name, role, rounds, refused: all.get(name)?.refused ?? 0, ...medians(of(name)) })),
    ratio(one, beside, figure = 'perSecond') {
      const ratios = of(one).map((measured, round) => figureOf(measured, figure) / figureOf(of(beside)[round], figure)).filter(Number.isFinite);
      return ratios.length === 0 ? undefined : median(ratios);
    },
  };
}

async function measureQuietly(contender: Contender, tries: number, tell: (text: string) => void): Promise<Measured> {
  for (let attempt = 1; ; attempt += 1) {
    const measured = await measure(contender);
    if (measured.foreignShare <= MAX_FOREIGN_SHARE || attempt >= tries) return measured;
    tell(`${contender.name}: others used ${percent(measured.foreignShare)} of the machine; measured again`);
  }
}

async function measure({ name, run, pids, databasePid, databaseWithin = false }: Contender): Promise<Measured> {
  let measured: Measured | undefined;
  await run(async (work) => {
    const used = () => {
      const database = databasePid === undefined ? undefined : treeCpuMs(databasePid());
      const own = pids?.().reduce((sum, pid) => sum + treeCpuMs(pid), databaseWithin ? -(database ?? 0) : 0);
      return { own, database, all: treeCpuMs(process.pid), busy: busyMs(), atMs: performance.now() };
    };
    const before = used();
    const { count, tookMs, latenciesMs, p50Ms, p99Ms } = await work();
    const after = used();
    const each = (from: number | undefined, to: number | undefined): number | null => (from === undefined || to === undefined || count === 0 ? null : ((to - from) * 1_000) / count);
    const sorted = latenciesMs?.toSorted((a, b) => a - b);
    measured = {
      count, perSecond: (count * 1_000) / tookMs, p50Ms: p50Ms ?? (sorted === undefined ? null : percentile(sorted, 0.5)), p99Ms: p99Ms ?? (sorted === undefined ? null : percentile(sorted, 0.99)),
      ownMicros: each(before.own, after.own), databaseMicros: each(before.database, after.database),
      foreignShare: Math.max(0, after.busy - before.busy - (after.all - before.all)) / ((after.atMs - before.atMs) * availableParallelism()),
    };
  });
  if (measured === undefined) throw new Error(`${name} has measured nothing.`);
  return measured;
}

function medians(all: readonly Measured[]): Measured {
  const of = (figure: keyof Measured): number | null => {
    const values = all.map((one) => one[figure]).filter((value) => value !== null);
    return values.length === 0 ? null : median(values);
  };
  const sure = (figure: keyof Measured): number => of(figure) ?? 0;
  return { count: sure('count'), perSecond: sure('perSecond'), p50Ms: of('p50Ms'), p99Ms: of('p99Ms'), ownMicros: of('ownMicros'), databaseMicros: of('databaseMicros'), foreignShare: sure('foreignShare') };
}

function figureOf(measured: Measured | undefined, figure: Figure): number {
  if (measured === undefined) return Number.NaN;
  if (figure === 'cpuMicros') return (measured.ownMicros ?? Number.NaN) + (measured.databaseMicros ?? Number.NaN);
  return measured[figure] ?? Number.NaN;
}

function told({ perSecond, p50Ms, p99Ms, foreignShare }: Measured): string {
  const latency = p50Ms === null || p99Ms === null ? '' : `, p50 ${p50Ms.toFixed(1)} p99 ${p99Ms.toFixed(1)} ms`;
  return `${Math.round(perSecond).toLocaleString('en')}/s${latency}, others ${percent(foreignShare)}`;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
