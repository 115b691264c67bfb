/** What a run came to, as a table and as JSON. */
import type { SeedResult } from './run.ts';

export class Summary {
  readonly #wanted: readonly string[];
  readonly #results: SeedResult[] = [];

  /** `wanted`: faults that must have been met. */
  constructor(wanted: readonly string[]) {
    this.#wanted = wanted;
  }

  add(result: SeedResult): void {
    this.#results.push(result);
  }

  /** Seeds that broke a rule. */
  get failed(): number {
    return this.#results.filter(({ broken }) => broken.length > 0).length;
  }

  get isRed(): boolean {
    return this.failed > 0 || this.#missing.length > 0;
  }

  get #hits(): ReadonlyMap<string, number> {
    const hits = new Map<string, number>();
    for (const { hits: own } of this.#results) for (const [name, times] of own) hits.set(name, (hits.get(name) ?? 0) + times);
    return hits;
  }

  get #missing(): readonly string[] {
    const hits = this.#hits;
    return this.#wanted.filter((name) => !hits.has(name));
  }

  json(seconds: number | undefined): object {
    const results = this.#results;
    const sum = (of: (result: SeedResult) => number): number => results.reduce((total, result) => total + of(result), 0);
    const converged = results.flatMap(({ convergedMs }) => convergedMs ?? []).sort((a, b) => a - b);
    return {
      seeds: results.length, ...(seconds !== undefined && { seconds: Math.round(seconds) }), safety: results.filter(({ mode }) => mode === 'safety').length, liveness: results.filter(({ mode }) => mode === 'liveness').length,
      red: results.filter(({ broken }) => broken.length > 0).map(({ seed, mode, broken }) => ({ seed, mode, broken })),
      steps: sum(({ steps }) => steps), events: sum(({ events }) => events), virtualHours: Math.round(sum(({ virtualMs }) => virtualMs) / 36_000) / 100,
      faultsMet: this.#hits.size, faultsNotMet: this.#missing, faults: Object.fromEntries([...this.#hits].sort(([a], [b]) => (a < b ? -1 : 1))),
      lost: sum(({ lost }) => lost), unexpected: sum(({ unexpected }) => unexpected), duplicates: sum(({ repeated }) => repeated.seen), duplicatesBound: sum(({ repeated }) => repeated.bound), triedByHand: sum(({ triedByHand }) => triedByHand),
      convergedMs: { p50: quantile(converged, 0.5), p99: quantile(converged, 0.99), most: converged.at(-1) ?? null },
    };
  }

  text(seconds: number | undefined): string {
    const all = this.json(seconds) as Record<string, any>;
    const row = (name: string, value: unknown): string => `${name.padEnd(28)}${String(value)}`;
    const crashes = Object.entries(all['faults'] as Record<string, number>).filter(([name]) => name.startsWith('crash.')).reduce((sum, [, times]) => sum + times, 0);
    const of = (ms: number | null): string => (ms === null ? '–' : `${(ms / 1_000).toFixed(0)} s`);
    return [
      row('seeds', `${all['seeds']} (${all['safety']} safety, ${all['liveness']} liveness)${seconds === undefined ? '' : ` in ${all['seconds']} s`}`),
      row('red', all['red'].length === 0 ? 0 : all['red'].map(({ seed, mode }: SeedResult) => `${seed} (${mode})`).join(', ')),
      row('steps', all['steps']), row('events in both logs', all['events']), row('virtual time', `${all['virtualHours']} h`),
      row('fault kinds met', `${all['faultsMet']}${this.#wanted.length > 0 ? ` of ${this.#wanted.length}` : ''}${this.#missing.length > 0 ? `, not met: ${this.#missing.join(', ')}` : ''}`),
      row('processes that died', crashes),
      row('lost', all['lost']), row('unexpected', all['unexpected']), row('duplicates of webhooks', `${all['duplicates']}, bound ${all['duplicatesBound']}`),
      row('tried again by a person', all['triedByHand']),
      row('time to converge', `p50 ${of(all['convergedMs'].p50)}, p99 ${of(all['convergedMs'].p99)}, most ${of(all['convergedMs'].most)}`),
    ].join('\n');
  }
}

function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}
