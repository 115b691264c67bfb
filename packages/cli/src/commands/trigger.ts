/**
 * `trigger`: an event of some type, to try what listens: the example of the catalogue with changes. It goes over the live bus only and is
 * marked as a test; `--tell` tells one of a type that is taken from outside for true, so that the handlers of the service hear it.
 */
import { uuid7 } from '@commerce/events/uuid7';
import type { Command } from 'commander';
import { z } from 'zod';
import { UsageFault } from '../failures.ts';
import { addExamples } from '../help.ts';
import { path } from '../paths.ts';
import { fields } from '../text.ts';
import type { Perform, Work } from '../work.ts';
import { changed } from './trigger-set.ts';

const DEFAULT_CLIENT = 'operator';

const EXAMPLES = `
--set path=value keeps the kind of what stands there in the example; path:=json sets anything.

Examples:
  cli trigger order.created --set total=99.99 --set lines.0.quantity=2
  cli trigger PaymentFailed --set 'attempts:=3'
  cli trigger order.shipped --file shipped.json
  cli trigger carrier.delivered --tell --client-id carrier
`;

interface TriggerOptions {
  readonly set?: readonly string[];
  readonly file?: string;
  readonly tell?: boolean;
}

const exampleForm = z.looseObject({ eventType: z.string(), eventVersion: z.string(), data: z.record(z.string(), z.unknown()) });
const typeForm = z.looseObject({ type: z.string(), webhook: z.string(), isExternal: z.boolean() });
const testedForm = z.looseObject({ event: z.looseObject({ name: z.string(), eventId: z.string(), eventType: z.string(), correlationId: z.string(), data: z.unknown() }) });
const toldForm = z.looseObject({ items: z.array(z.looseObject({ eventId: z.string(), result: z.string() })) });

export function addTrigger(program: Command, perform: Perform): void {
  addExamples(program.command('trigger'), EXAMPLES).description('send an event to whoever listens on the live bus, to try it (needs the scopes events:read and events:write)').argument('<type>', 'any name of the type: order.created, OrderCreated')
    .option('--set <change>', 'of the data: path=value; once for each', several)
    .option('--file <file>', 'data in place of that of the example, as JSON; "-" is standard input')
    .option('--tell', 'tell it for true, in the name of --client-id: for a type that is taken from outside')
    .action(perform(trigger));
}

async function trigger(work: Work, type: string, { set = [], file, tell = false }: TriggerOptions): Promise<void> {
  const given = file === undefined ? undefined : dataOf(await work.readFile(file), file);
  const api = await work.api('cc', DEFAULT_CLIENT);
  const example = exampleForm.parse(await api.call('GET', path`/api/catalog/${type}/example`));
  const data = changed(given ?? example.data, set);
  if (!tell) {
    const answer = await api.call('POST', '/api/events/test', { name: type, data });
    return work.show(answer, testedForm, ({ event }) => fields([['test event', `${event.name}  ${event.eventId}`], ['correlation', event.correlationId], ['data', JSON.stringify(event.data)]]));
  }
  const { isExternal, webhook } = typeForm.parse(await api.call('GET', path`/api/catalog/${type}`));
  if (!isExternal) throw new UsageFault(`${webhook} is not taken from outside: leave --tell away, and it is sent as a test.`);
  const { eventType, eventVersion } = example;
  const nowMs = work.nowMs();
  const eventId = uuid7(nowMs);
  const event = { eventId, eventType, eventVersion, timestamp: new Date(nowMs).toISOString(), source: api.clientId, correlationId: eventId, causationId: null, data, metadata: {} };
  work.show(await api.call('POST', '/api/events', { events: [event] }), toldForm, ({ items }) => fields(items.map(({ eventId, result }) => [webhook, `${eventId}  ${result}`])));
}

function several(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function dataOf(text: string, file: string): Record<string, unknown> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new UsageFault(`${file} holds no JSON: ${(error as Error).message}`, { cause: error });
  }
  const object = z.record(z.string(), z.unknown()).safeParse(data);
  if (!object.success) throw new UsageFault(`${file} holds no object: it is the data of the event.`);
  return object.data;
}
