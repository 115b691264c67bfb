// `pnpm dev`: starts the local stack, says where everything is, and stays until Ctrl-C.
import { readConfig } from '@commerce/service-kit/config';
import { readProducts, splitByProvider } from './northwind.ts';
import { stackDeclaration } from './stack-config.ts';
import { startStack } from './stack.ts';
import type { Stack } from './stack.ts';
import type { ProcessEvent } from './supervised-process.ts';

/** What becomes of orders of products that nobody has counted, by the setting of Commerce Coordinator. */
const STOCK: Readonly<Record<string, string>> = {
  unlimited: 'without limit, until a first POST /inventory/adjustments counts a product',
  refuse: 'none, until POST /inventory/adjustments brings some',
};

const asked = new AbortController();
let stack: Stack | undefined;

function ask(): void {
  if (asked.signal.aborted) process.exit(130);
  asked.abort(new Error('asked to stop'));
  console.log('\nEnding (once more Ctrl-C: at once) …');
  void stack?.stop().then(() => process.exit(0));
}
process.on('SIGINT', ask).on('SIGTERM', ask).on('SIGHUP', ask);

function tell(event: ProcessEvent): void {
  if (event.kind === 'ended') console.log(`${event.name} (${event.pid}) has ended: ${event.how}; it is started again in ${event.restartInMs} ms`);
  else if (stack !== undefined) console.log(`${event.name} (${event.pid}) is ready again after ${Math.round(event.afterMs)} ms`);
}

function showLinks({ description }: Stack, afterMs: number): void {
  const rows = [
    ['Commerce Coordinator', description.cc, `${description.cc}/docs`],
    ['Order Fulfillment', description.of, `${description.of}/docs`],
    ['Token issuer', description.issuer, `${description.issuer}/.well-known/openid-configuration`],
    ['LMS stand-in', description.lms, ''],
    ['Payment stand-in', description.payments, 'card tok_4242424242424242 is charged, tok_4000000000000002 is refused'],
    ['EventBridge and SQS', description.aws, process.env['BUS'] === 'kafka' ? 'not used: the services tell their events over Kafka' : ''],
  ];
  console.log(`The stack is ready after ${(afterMs / 1_000).toFixed(1)} s.\n`);
  for (const [name = '', url = '', more = ''] of rows) console.log(`  ${name.padEnd(22)}${url.padEnd(24)}${more}`.trimEnd());
}

try {
  const began = performance.now();
  const config = readConfig(stackDeclaration, process.env);
  stack = await startStack({
    dataDirectory: config.dataDirectory,
    ports: { CC_PORT: config.ccPort, OF_PORT: config.ofPort, ISSUER_PORT: config.issuerPort, LMS_PORT: config.lmsPort, PAYMENTS_PORT: config.paymentsPort, AWS_PORT: config.awsPort },
    databaseUrl: config.databaseUrl,
    localStackUrl: config.localStackUrl?.replace(/\/$/, ''),
    lmsFaults: config.lmsFaults,
    paymentsFaults: config.paymentsFaults,
    extraStacks: config.extraStacks?.split(','),
    bySku: splitByProvider(readProducts()),
    environment: process.env,
    report: tell,
    signal: asked.signal,
  });
  showLinks(stack, performance.now() - began);
  const { logs, outbox } = stack.description.inside;
  console.log(`\n  Addresses and secrets   ${config.dataDirectory}/stack.json\n  Logs                    ${logs}\n  E-mails to customers    ${process.env['SMTP_URL'] === undefined ? outbox : 'by the mail server that SMTP_URL names'}`);
  console.log(`  Stock                   ${STOCK[process.env['INVENTORY_UNKNOWN_SKU'] ?? ''] ?? STOCK['unlimited']}\n\nCtrl-C ends it.`);
} catch (error) {
  if (asked.signal.aborted) process.exit(0);
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
