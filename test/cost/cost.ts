/**
 * What one order costs on AWS at a steady rate, from what a run has used and from prices. Pure. Nothing is free: the free tiers and
 * all discounts are left out.
 */
import { PRICES } from './prices.ts';

/** What one run on the local stack has used, for each of its orders. */
export interface Run {
  readonly date: string;
  readonly machine: string;
  readonly orders: number;
  readonly perMinute: number;
  /** Of both services: events put on a bus, their bytes, and how many were delivered to the queue of Commerce Coordinator. */
  readonly events: number;
  readonly eventBytes: number;
  readonly delivered: number;
  /** Calls to SQS while the orders came: receives, also those that found nothing, deletes, and changes of visibility. */
  readonly queueCalls: number;
  readonly cpuMs: { readonly coordinator: number; readonly fulfillment: number; readonly database: number };
  /** Written ahead by PostgreSQL, and what the tables of both databases grew by. */
  readonly walBytes: number;
  readonly storedBytes: number;
}

/** How the stacks in infra run the pair, and what cannot be measured here. */
export const ASSUMED = {
  /** Parts: api and readers of both services, consumer of one. Each has two tasks at least, of half a core and 1 GB. */
  parts: { coordinator: 3, fulfillment: 2 },
  tasksAtLeast: 2,
  taskCores: 0.5,
  taskGb: 1,
  /** Where autoscaling holds the load of a task, and what is meant for the database. */
  load: 0.6,
  /** Two instances for each of two databases, half a unit each. */
  acuAtLeast: 4 * 0.5,
  coresPerAcu: 0.25,
  /** The second instance follows the first one. */
  databaseCopies: 2,
  /** Aurora counts writes by 4 KB of log. */
  writeBytes: 4_096,
  /** Long polls of an idle task of the consumer. */
  pollsPerMinute: { receivers: 4, waitSeconds: 3 },
  /** How long an order stays in the database, and its events in the archives. */
  keptMonths: { database: 12, archive: 12 },
} as const;

export interface Cost {
  readonly ordersPerMinute: number;
  readonly tasks: number;
  readonly acu: number;
  /** Dollars per order. */
  readonly perOrder: { readonly eventBridge: number; readonly sqs: number; readonly fargate: number; readonly aurora: number };
  readonly total: number;
  readonly perMonth: number;
}

const HOURS_PER_MONTH = 730;
const MILLION = 1_000_000;
const GB = 1_000_000_000;

export function costAt(ordersPerMinute: number, run: Run): Cost {
  const ordersPerHour = ordersPerMinute * 60;
  const tasks = tasksFor(ordersPerMinute, run);
  const acu = acuFor(ordersPerMinute, run);
  const perOrder = {
    eventBridge: eventBridge(run),
    sqs: ((run.delivered + run.queueCalls + idlePolls(ordersPerMinute, tasks.consumer)) * PRICES.queueCall.dollars) / MILLION,
    fargate: (tasks.all * (ASSUMED.taskCores * PRICES.cpu.dollars + ASSUMED.taskGb * PRICES.memory.dollars)) / ordersPerHour,
    aurora: (acu * PRICES.acu.dollars) / ordersPerHour + stored(run) + ((run.walBytes / ASSUMED.writeBytes) * PRICES.io.dollars) / MILLION,
  };
  const total = Object.values(perOrder).reduce((sum, one) => sum + one, 0);
  return { ordersPerMinute, tasks: tasks.all, acu, perOrder, total, perMonth: total * ordersPerHour * HOURS_PER_MONTH };
}

function eventBridge({ events, eventBytes }: Run): number {
  const archived = (eventBytes / GB) * (PRICES.archiveIn.dollars + PRICES.archiveKept.dollars * ASSUMED.keptMonths.archive);
  return (events * PRICES.event.dollars) / MILLION + archived;
}

function stored({ storedBytes }: Run): number {
  return (storedBytes / GB) * PRICES.storage.dollars * ASSUMED.keptMonths.database;
}

/** The parts of a service share its work alike, as far as is known. */
function tasksFor(ordersPerMinute: number, { cpuMs }: Run): { readonly all: number; readonly consumer: number } {
  const ofPart = (cpu: number, parts: number): number => Math.max(ASSUMED.tasksAtLeast, Math.ceil((cpu * ordersPerMinute) / 60_000 / ASSUMED.load / ASSUMED.taskCores / parts));
  const { coordinator, fulfillment } = ASSUMED.parts;
  const consumer = ofPart(cpuMs.coordinator, coordinator);
  return { all: consumer * coordinator + ofPart(cpuMs.fulfillment, fulfillment) * fulfillment, consumer };
}

function acuFor(ordersPerMinute: number, { cpuMs }: Run): number {
  const cores = (cpuMs.database * ordersPerMinute) / 60_000 / ASSUMED.load;
  return Math.max(ASSUMED.acuAtLeast, Math.ceil((cores / ASSUMED.coresPerAcu) * ASSUMED.databaseCopies * 2) / 2);
}

/** Polls that find nothing: those of the time in which nothing comes. With more orders than polls there is no such time. */
function idlePolls(ordersPerMinute: number, tasks: number): number {
  const { receivers, waitSeconds } = ASSUMED.pollsPerMinute;
  const polls = (tasks * receivers * 60) / waitSeconds;
  return Math.max(0, polls - ordersPerMinute) / ordersPerMinute;
}
