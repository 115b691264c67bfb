/**
 * When a person must look: the one table from which the alarms of CloudWatch and the rules of Prometheus are made. Data only.
 *
 * A row of FIGURES is judged wherever the service runs: by Prometheus over `/metrics`, by CloudWatch over the line "figures" that a process
 * with the role readers writes once a minute. When there are no figures none of them can ring, so that this is said by rows of its own:
 * `up` and the faults of an answer for Prometheus, SILENCE for CloudWatch. Rates are over 5 minutes: at 15 s between two looks some may be missed. Rows of QUEUES are of what AWS alone knows. `runbook` is a heading of docs/operations.md.
 */

export type ServiceName = 'commerce-coordinator' | 'order-fulfillment';

export interface FigureAlarm {
  readonly id: string;
  readonly services: readonly ServiceName[];
  /** What has happened, and the first question. */
  readonly description: string;
  readonly runbook: string;
  /** PromQL without the comparison; every figure of the database is the same from every process. */
  readonly expression: string;
  /** Member of the line in the log file; undefined: only Prometheus judges it. */
  readonly field: string | undefined;
  /** It rings above this, */
  readonly threshold: number;
  /** for so many minutes. */
  readonly minutes: number;
  /** page: somebody is woken. ticket: it is looked at in the morning. */
  readonly severity: 'page' | 'ticket';
}

const BOTH = ['commerce-coordinator', 'order-fulfillment'] as const;
const COORDINATOR = ['commerce-coordinator'] as const;

export const FIGURES: readonly FigureAlarm[] = [
  {
    id: 'ServiceDown', services: BOTH, runbook: 'No figures come', severity: 'page', threshold: 0, minutes: 2,
    description: 'A process does not answer, or none is there: does it run, and does its token hold?',
    expression: '((1 - min(up)) or absent(up))', field: undefined,
  },
  {
    id: 'FiguresFail', services: BOTH, runbook: 'No figures come', severity: 'page', threshold: 0, minutes: 5,
    description: 'Some figures cannot be had, and the alarms over them are silent: does the database answer?',
    expression: 'max(commerce_metrics_faults)', field: undefined,
  },
  {
    id: 'WebhooksGivenUp', services: COORDINATOR, runbook: 'Webhooks are given up', severity: 'ticket', threshold: 0.1, minutes: 5,
    description: 'More than a tenth of the webhook deliveries are given up: which endpoint does not take them?',
    // Of a few it says nothing.
    expression: 'max(increase(commerce_webhook_deliveries_total{outcome="given_up"}[5m])) / clamp_min(sum(max by (outcome) (increase(commerce_webhook_deliveries_total[5m]))), 20)', field: 'webhooksGivenUpShare',
  },
  {
    id: 'WebhooksDisabled', services: COORDINATOR, runbook: 'Webhooks are given up', severity: 'ticket', threshold: 0, minutes: 15,
    description: 'An endpoint of webhooks is disabled, and is sent nothing: does its owner know?',
    expression: 'max(commerce_webhook_endpoints{status="disabled"})', field: 'webhooksDisabled',
  },
  {
    id: 'WebhooksHeld', services: COORDINATOR, runbook: 'Webhooks are given up', severity: 'ticket', threshold: 10_000, minutes: 10,
    description: 'Many webhook deliveries are kept for endpoints that are disabled: will they come back, or are they to be discarded?',
    expression: 'max(commerce_webhook_waiting{state="held"})', field: 'webhooksHeld',
  },
  {
    id: 'WebhookAge', services: COORDINATOR, runbook: 'Webhooks are given up', severity: 'ticket', threshold: 900, minutes: 5,
    description: 'A webhook delivery that is due is not sent: does a dispatcher run, and is its endpoint slow, or its rate too low?',
    expression: 'max(commerce_webhook_oldest_due_seconds)', field: 'webhooksOldestDueS',
  },
  {
    id: 'WebhookBacklog', services: COORDINATOR, runbook: 'Webhooks are given up', severity: 'ticket', threshold: 10_000, minutes: 10,
    description: 'Too many webhook deliveries wait: does a dispatcher run, and is one endpoint behind?',
    expression: 'max(commerce_webhook_waiting{state="queued"})', field: 'webhooksQueued',
  },
  {
    id: 'RecordsPutAside', services: COORDINATOR, runbook: 'Records were put aside', severity: 'ticket', threshold: 0, minutes: 1,
    description: 'Records of Kafka could not be used, and wait in a dead-letter topic: what a payment provider told may be among them. Read why, mend it, redrive them.',
    expression: 'sum(max by (topic) (commerce_kafka_dead_letters))', field: 'deadRecords',
  },
  {
    id: 'IngestCircuit', services: COORDINATOR, runbook: 'The ingest reaches nobody', severity: 'page', threshold: 0, minutes: 2,
    description: 'The ingest has given up on the API side, and payment providers are answered 502: does the API side answer, or does Kafka?',
    // While a probe is under way it is neither open nor closed.
    expression: '1 - min(commerce_ingest_circuit{state="Closed"})', field: undefined,
  },
  {
    id: 'ErrorRate', services: BOTH, runbook: 'Runs fail', severity: 'page', threshold: 0.1, minutes: 5,
    description: 'More than a tenth of the runs of handlers fail: which handler, and what does it call?',
    expression: 'sum(rate(commerce_handler_runs_total{outcome="failed"}[5m])) / sum(rate(commerce_handler_runs_total{outcome=~"completed|failed"}[5m]))', field: 'errorRate',
  },
  {
    id: 'QueueBacklog', services: BOTH, runbook: 'Work piles up', severity: 'page', threshold: 10_000, minutes: 10,
    description: 'Too many jobs wait: do the readers run, and do they keep up?',
    expression: 'sum(max by (reader, state) (commerce_work_rows{state!="dead"}))', field: 'workRows',
  },
  {
    id: 'QueueAge', services: BOTH, runbook: 'Work piles up', severity: 'page', threshold: 300, minutes: 5,
    description: 'A job that is due is not begun: do the readers run, and is there room for it?',
    expression: 'max(commerce_work_oldest_ready_seconds)', field: 'oldestReadyS',
  },
  {
    id: 'ReaderLag', services: BOTH, runbook: 'Work piles up', severity: 'page', threshold: 60, minutes: 5,
    description: 'A reader does not come forward in the log: which one, and what does its fault say?',
    expression: 'max(commerce_reader_lag_seconds)', field: 'readerLagS',
  },
  {
    id: 'PartitionsUnowned', services: BOTH, runbook: 'Work piles up', severity: 'page', threshold: 0, minutes: 3,
    description: 'Nobody works on a partition: does a process with the role readers run?',
    expression: 'sum(max by (reader) (commerce_reader_partitions_unowned))', field: 'unownedPartitions',
  },
  {
    id: 'ReadersWithoutSuccessor', services: BOTH, runbook: 'A rollout failed', severity: 'page', threshold: 0, minutes: 3,
    description: 'A newer version has taken over what is read, and none of its processes reads: did they die? Until one does no event is handled.',
    expression: 'sum(max by (reader) (commerce_reader_partitions_without_successor))', field: 'partitionsWithoutSuccessor',
  },
  {
    id: 'StuckOrders', services: COORDINATOR, runbook: 'Orders are stuck', severity: 'ticket', threshold: 0, minutes: 15,
    description: 'Orders are past their promised time: what do they wait for?',
    expression: 'sum(max by (status) (commerce_orders_overdue))', field: 'overdueOrders',
  },
  {
    id: 'DeadLetters', services: BOTH, runbook: 'Events were given up', severity: 'ticket', threshold: 0, minutes: 1,
    description: 'Handlers have given up on events, and what comes after them waits: read why, mend it, redrive them.',
    expression: 'sum(max by (handler) (commerce_dead_rows))', field: 'deadRows',
  },
  {
    id: 'HorizonAge', services: BOTH, runbook: 'The horizon is old', severity: 'page', threshold: 15, minutes: 2,
    description: 'A transaction stays open, and no reader passes it: who holds it?',
    expression: 'max(commerce_log_horizon_age_seconds)', field: 'horizonAgeS',
  },
  {
    id: 'LogUnsealed', services: BOTH, runbook: 'The log is sealed', severity: 'ticket', threshold: 600, minutes: 5,
    description: 'Events are not sealed, and whoever changes one of them is not found: what does the last run of log.seal say?',
    expression: 'max(commerce_log_unsealed_seconds)', field: 'unsealedS',
  },
  {
    id: 'LogUnsigned', services: BOTH, runbook: 'The log is sealed', severity: 'ticket', threshold: 7_200, minutes: 5,
    description: 'No head of the log was signed for two hours though there is something new: is SEAL_KEY set, and what does the last run of log.seal say?',
    expression: 'max(commerce_log_unsigned_seconds)', field: 'unsignedS',
  },
  {
    id: 'RetentionStandsStill', services: BOTH, runbook: 'What is removed, and when', severity: 'ticket', threshold: 86_400, minutes: 15,
    description: 'Events are a day past their retention and still there: before whom is nothing removed (waits_for), or what does the last run of log.retain say?',
    expression: 'max(commerce_log_retention_behind_seconds)', field: 'retentionBehindS',
  },
];

/** On AWS: no line came, so that none of the others can ring. */
export const SILENCE = {
  id: 'FiguresMissing', runbook: 'No figures come', severity: 'page', minutes: 5,
  description: 'No figures were written, and all alarms over them are silent: does a process with the role readers run, and does the database answer?',
  /** Stands in every line. */
  field: 'workRows',
} as const;

export interface QueueAlarm {
  readonly description: string;
  readonly runbook: string;
}

/** Of queues, rules and buses of AWS. Their thresholds belong to whoever subscribes. */
export const QUEUES = {
  Age: { description: 'The oldest message waits too long: does the consumer run, and does it keep up?', runbook: 'Work piles up' },
  Depth: { description: 'Too many messages wait: does the consumer run, and does it keep up?', runbook: 'Work piles up' },
  FailedInvocations: { description: 'EventBridge could not deliver events to the queue: look at the undelivered ones, their attributes say why.', runbook: 'Dead letters' },
  LostDeadLetters: { description: 'EventBridge could deliver events neither to the queue nor to its dead-letter queue: they are lost here; replay the archive.', runbook: 'Replay from the archive' },
  DeadLetters: { description: 'Messages were received too often without being taken: read why, mend it, redrive them.', runbook: 'Dead letters' },
  Undelivered: { description: 'Events did not reach the queue: their attributes say why; mend it, send them again.', runbook: 'Dead letters' },
  Uncopied: { description: 'Events did not reach {region}, and whoever subscribes there lacks them: their attributes say why; mend it, then put them on the bus in {region}.', runbook: 'Dead letters' },
  Undecrypted: { description: 'Events could not be encrypted or decrypted and reached nobody: look at the key and its policy, then replay the archive, and put on the bus again what it lacks.', runbook: 'Replay from the archive' },
} as const satisfies Readonly<Record<string, QueueAlarm>>;
