/**
 * `listen`: forwards events, as they happen, to an address on the developer's machine, each as the webhook that it would be. Nothing is
 * registered at the service for that.
 *
 * Promise: an event goes out in its turn and is answered before the next one; a lost stream is taken up again behind the last event that
 * went out, so none is left out. A receiver that takes no connection is waited for, as long as it takes. One that went out just when the tool was ended may go out again at the next run.
 */
import type { Command } from 'commander';
import { z } from 'zod';
import { UsageFault } from '../failures.ts';
import { follow } from '../following.ts';
import { addExamples } from '../help.ts';
import { printable } from '../text.ts';
import type { Perform, Work } from '../work.ts';
import { forwarder, newSecret } from './listen-forward.http.ts';
import type { Answered, Forward } from './listen-forward.http.ts';
import { itemForm, WebhookMessages } from './listen-messages.ts';
import type { Item } from './listen-messages.ts';
import { placeKeeper } from './listen-place.file.ts';

const DEFAULT_CLIENT = 'operator';
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const MOST_ATTEMPTS = 20;
/** No connection was made: the receiver is not there, or starts again. */
const REFUSED = 'ECONNREFUSED';

const EXAMPLES = `
Each line: when, the answer's status, how long it took, the event. Other answers than 2xx are tried again, as an endpoint would be; an address that takes no connection
is waited for. What trigger sends comes too, and its line says test.
The headers X-Webhook-Signature and webhook-signature are made with the secret that is shown at the start, or that of --secret-file.

Examples:
  cli listen --to http://127.0.0.1:4000/webhooks
  cli listen --to http://127.0.0.1:4000/webhooks --events 'order.*,payment.failed' --secret-file secret.txt
  cli listen --to http://127.0.0.1:4000/webhooks --filter '{"data":{"currency":["USD"]}}' --place-file .listen.json
`;

interface ListenOptions {
  readonly to: string;
  readonly events?: string;
  readonly filter?: string;
  readonly secretFile?: string;
  readonly placeFile?: string;
  readonly attempts: string;
}

export function addListen(program: Command, perform: Perform): void {
  addExamples(program.command('listen'), EXAMPLES).description('forward events to an address of yours as signed webhooks, until Ctrl-C (needs the scope events:read)')
    .requiredOption('--to <url>', 'where to: http://127.0.0.1:4000/webhooks')
    .option('--events <names>', 'only these, with commas between them: order.created, order.*')
    .option('--filter <pattern>', 'an EventBridge event pattern as JSON, over the event as history lists it')
    .option('--secret-file <file>', 'with the secret to sign with, whsec_… or your own; one is made when it is left out')
    .option('--place-file <file>', 'keeps the place there, so that the next run goes on behind it')
    .option('--attempts <count>', 'how often an event is sent until it is answered 2xx, with longer waits between', '3')
    .action(perform(listen));
}

async function listen(work: Work, options: ListenOptions): Promise<void> {
  const attempts = attemptsOf(options.attempts);
  const url = targetOf(options.to);
  const given = options.secretFile === undefined ? undefined : (await work.readFile(options.secretFile)).trim();
  if (given === '') throw new UsageFault(`${options.secretFile} is empty.`);
  const api = await work.api('cc', DEFAULT_CLIENT);
  const place = placeKeeper(options.placeFile, api.url);
  const messages = await WebhookMessages.open(api);
  const secret = given ?? newSecret();
  work.remark(`Forwarding to ${url}${given === undefined ? `, signed with ${secret}` : ''}. Ctrl-C ends it.`);
  const forward = forwarder({ url, secret, nowMs: work.nowMs, signal: work.signal });
  await follow(work, {
    api, events: options.events, filter: options.filter, from: place.id, onPlace: (id) => place.moveTo(id), done: 'sent',
    handle: async (item) => {
      const event = itemForm.safeParse(item);
      if (event.success) await forwardItem(event.data, { work, messages, forward, attempts });
      else work.remark(`The stream shows something that is no event, and it is left out: ${printable(z.prettifyError(event.error))}`);
    },
  });
}

interface Taking {
  readonly work: Work;
  readonly messages: WebhookMessages;
  readonly forward: Forward;
  readonly attempts: number;
}

async function forwardItem(item: Item, { work, messages, forward, attempts }: Taking): Promise<void> {
  const body = await messages.bodyOf(item);
  if (body === undefined) return;
  for (let attempt = 1, waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    const answered = await forward(item.eventId, item.name, body);
    // Nobody was there to refuse it.
    const isRefused = answered.error === REFUSED;
    const isLast = answered.error === null || (attempt >= attempts && !isRefused);
    const at = new Date(work.nowMs()).toISOString();
    work.tell({ at, eventId: item.eventId, event: item.name, subject: item.subject ?? null, attempt, ...(item.test === true && { test: true }), ...answered }, lineOf(item, answered, work.time(at), isLast ? undefined : waitMs));
    if (isLast) return;
    if (!isRefused) attempt += 1;
    await work.pause(waitMs);
  }
}

function lineOf({ name, eventId, subject = '', test = false }: Item, { status, error, durationMs }: Answered, at: string, againMs: number | undefined): string {
  const said = status === null ? ` ${error}` : '';
  return printable(`${at}  ${status ?? '---'}  ${`${durationMs} ms`.padStart(7)}  ${name}  ${eventId}  ${subject}${test ? '  test' : ''}${said}${againMs === undefined ? '' : `, again in ${againMs / 1_000} s`}`.trimEnd());
}

function attemptsOf(text: string): number {
  const count = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > MOST_ATTEMPTS) throw new UsageFault(`--attempts is a whole number from 1 to ${MOST_ATTEMPTS}.`);
  return count;
}

function targetOf(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') throw new UsageFault('--to is an address that begins with http:// or https://, without credentials.');
  return url.href;
}
