/** The figures of a log under the names by which monitoring knows them. Pure. */
import type { LogFigures } from './log-figures.pg.ts';
import type { RunCount, RunWindow } from './run-figures.ts';

interface Metric {
  readonly kind: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** Of the database: the same from every process, so take the maximum over processes and never the sum. */
export function logMetrics({ work, dead, readers, horizonAgeSeconds, keeping }: LogFigures, totalEvents: number): Metric[] {
  const oldest = work.reduce((most, { state, oldestDueSeconds }) => (state === 'ready' ? Math.max(most, oldestDueSeconds) : most), 0);
  return [
    { kind: 'counter', name: 'commerce_log_events_total', help: 'Events that were ever appended to the log. The same from every process.', samples: [{ labels: {}, value: totalEvents }] },
    { kind: 'gauge', name: 'commerce_log_horizon_age_seconds', help: 'Age of the oldest open transaction that has written; readers stop before it. The same from every process.', samples: [{ labels: {}, value: horizonAgeSeconds }] },
    { kind: 'gauge', name: 'commerce_log_unsealed_seconds', help: 'Time since the first event that no seal holds was recorded. The same from every process.', samples: [{ labels: {}, value: keeping.unsealedSeconds }] },
    { kind: 'gauge', name: 'commerce_log_unsigned_seconds', help: 'Time since the first seal of which no signed head speaks was made; 0 where no head was ever signed. The same from every process.', samples: [{ labels: {}, value: keeping.unsignedSeconds }] },
    { kind: 'gauge', name: 'commerce_log_retention_behind_seconds', help: 'By how much the removal of events is behind their retention, and before whom nothing is removed. The same from every process.', samples: [{ labels: { waits_for: keeping.retentionWaitsFor }, value: keeping.retentionBehindSeconds }] },
    { kind: 'gauge', name: 'commerce_reader_lag_seconds', help: 'Time since the first event that a reader has not passed was recorded. The same from every process.', samples: readers.map(({ reader, lagSeconds }) => ({ labels: { reader }, value: lagSeconds })) },
    { kind: 'gauge', name: 'commerce_reader_partitions_unowned', help: 'Partitions of a reader on which no process works. The same from every process.', samples: readers.map(({ reader, unowned }) => ({ labels: { reader }, value: unowned })) },
    { kind: 'gauge', name: 'commerce_reader_partitions_without_successor', help: 'Partitions of a reader that a newer version has taken from processes which still live, while none of it reads. The same from every process.', samples: readers.map(({ reader, withoutSuccessor }) => ({ labels: { reader }, value: withoutSuccessor })) },
    { kind: 'gauge', name: 'commerce_work_rows', help: 'Jobs and parked events in the table of work, by reader and state. The same from every process.', samples: work.map(({ reader, state, rows }) => ({ labels: { reader, state }, value: rows })) },
    { kind: 'gauge', name: 'commerce_work_oldest_ready_seconds', help: 'Since when the job that is due longest has been due. The same from every process.', samples: [{ labels: {}, value: oldest }] },
    { kind: 'gauge', name: 'commerce_dead_rows', help: 'Events that were given up, by handler. The same from every process.', samples: dead.map(({ handler, rows }) => ({ labels: { handler }, value: rows })) },
  ];
}

/** Runs of handlers in this process. */
export function runMetrics(counts: readonly RunCount[]): Metric[] {
  const outcomes = [['completed', (one: RunCount) => one.completed], ['failed', (one: RunCount) => one.failed], ['given_up', (one: RunCount) => one.givenUp]] as const;
  return [{
    kind: 'counter', name: 'commerce_handler_runs_total', help: 'Runs of handlers in this process, by handler, type of event and outcome. Those that were given up are among those that failed.',
    samples: counts.flatMap((count) => outcomes.map(([outcome, of]) => ({ labels: { handler: count.handler, type: count.type, outcome }, value: of(count) }))),
  }];
}

/** The same in one line, for alarms that are made of the log file. */
export function figuresLine({ work, dead, readers, horizonAgeSeconds, keeping }: LogFigures, { completed, failed }: Pick<RunWindow, 'completed' | 'failed'>): Readonly<Record<string, number>> {
  const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return {
    workRows: sum(work.filter(({ state }) => state !== 'dead').map(({ rows }) => rows)), oldestReadyS: most(work.filter(({ state }) => state === 'ready').map(({ oldestDueSeconds }) => oldestDueSeconds)),
    deadRows: sum(dead.map(({ rows }) => rows)), readerLagS: most(readers.map(({ lagSeconds }) => lagSeconds)), horizonAgeS: horizonAgeSeconds,
    unownedPartitions: sum(readers.map(({ unowned }) => unowned)), partitionsWithoutSuccessor: sum(readers.map(({ withoutSuccessor }) => withoutSuccessor)), unsealedS: keeping.unsealedSeconds, unsignedS: keeping.unsignedSeconds, retentionBehindS: keeping.retentionBehindSeconds,
    errorRate: completed + failed === 0 ? 0 : failed / (completed + failed),
  };
}

/** Its names. */
export const LINE_FIELDS = ['workRows', 'oldestReadyS', 'deadRows', 'readerLagS', 'horizonAgeS', 'unownedPartitions', 'partitionsWithoutSuccessor', 'unsealedS', 'unsignedS', 'retentionBehindS', 'errorRate'] as const;
