/** The cost page, made of a run and the prices. A test holds it equal to docs/cost.md. */
import { ASSUMED, costAt } from './cost.ts';
import type { Cost, Run } from './cost.ts';
import { PRICES, PRICES_READ, PRICES_REGION } from './prices.ts';
import type { Price } from './prices.ts';

const RATES = [1, 100, 10_000];

export function costPage(run: Run): string {
  const costs = RATES.map((rate) => costAt(rate, run));
  return `# What one order costs on AWS

Made by \`npx --yes pnpm@12.21.0 cost\`, which runs orders through the local stack, counts what they use, and puts prices on it. With
\`--from-last-run\` it only works it out anew, for other prices or assumptions. Change \`test/cost\`, not this page.

Dollars, list prices of ${PRICES_REGION} as of ${PRICES_READ}, without free tiers and discounts; what a service costs around it (load balancer, NAT,
endpoints, logs, the payment provider) is in [deploy.md](deploy.md#what-costs-also-when-nobody-orders).

${table(['orders a minute', 'EventBridge', 'SQS', 'Fargate', 'Aurora', 'one order', 'a month', 'tasks', 'Aurora units'], costs.map(row))}

At one order a minute nearly all is what stands ready: tasks and database. The price of the events themselves does not depend on the
rate.

## What the run used

${run.orders} orders of one to three lines at about ${run.perMinute} a minute, after as many to warm up, on ${run.date} (${run.machine}); each order:

${table(['what', 'for one order'], [
  ['events on both buses', figure(run.events)],
  ['their bytes', figure(run.eventBytes)],
  ['of them delivered to Commerce Coordinator\'s queue', figure(run.delivered)],
  ['further calls to SQS: receive, delete, change of visibility', figure(run.queueCalls)],
  ['CPU of Commerce Coordinator, ms', figure(run.cpuMs.coordinator)],
  ['CPU of Order Fulfillment, ms', figure(run.cpuMs.fulfillment)],
  ['CPU of PostgreSQL for both, ms', figure(run.cpuMs.database)],
  ['bytes written ahead by PostgreSQL', figure(run.walBytes)],
  ['bytes by which both databases grew', figure(run.storedBytes)],
])}

The CPU is that of this machine at this rate, where batches are small: at a higher rate an order takes less
([speed.md](speed.md)), so that the costs at 10,000 a minute are on the high side, as far as one database can take that rate at all.
That has not been tried.

## What is assumed

- ${ASSUMED.parts.coordinator} parts of Commerce Coordinator and ${ASSUMED.parts.fulfillment} of Order Fulfillment, ${ASSUMED.tasksAtLeast} tasks of each at least, ${ASSUMED.taskCores} core and ${ASSUMED.taskGb} GB each, as \`infra\` sets them; the parts of a
  service share its work alike. A core of Fargate does as much as one of the machine of the run.
- Tasks and database are kept at ${ASSUMED.load * 100} % load. A unit of Aurora is ${ASSUMED.coresPerAcu} of a core; each database has ${ASSUMED.databaseCopies} instances, and the second one is as large as the first.
- Aurora counts ${ASSUMED.writeBytes} bytes of its log as one write, and reads come from memory.
- A task of the consumer holds ${ASSUMED.pollsPerMinute.receivers} polls of ${ASSUMED.pollsPerMinute.waitSeconds} s while nothing comes; each is a call.
- One account: between two accounts each delivered event costs as much once more, and so does the copy for a second region.
- An order stays ${ASSUMED.keptMonths.database} months in the database and its events ${ASSUMED.keptMonths.archive} months in the archives; no event is larger than 64 KB, none is replayed.

## Prices

${table(['what', 'dollars', 'per', 'page of AWS', 'read from'], Object.entries<Price>(PRICES).map(([name, { dollars, per, page, toldBy }]) => [name, String(dollars), per, page, toldBy]))}

The pages of AWS could not be opened where this was made: the figures are those that the named source gives for them.
`;
}

function row({ ordersPerMinute, perOrder: { eventBridge, sqs, fargate, aurora }, total, perMonth, tasks, acu }: Cost): string[] {
  return [ordersPerMinute.toLocaleString('en-US'), ...[eventBridge, sqs, fargate, aurora, total].map(dollars), Math.round(perMonth).toLocaleString('en-US'), String(tasks), String(acu)];
}

/** Two figures that count: an order costs between a thousandth of a cent and a cent. */
function dollars(amount: number): string {
  return amount === 0 ? '0' : amount.toFixed(Math.max(2, 1 - Math.floor(Math.log10(amount))));
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(2);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
