/** `catalog`: the types of events that the pair knows: names, who tells them, who hears them, the schema of each version. */
import type { Command } from 'commander';
import { z } from 'zod';
import { addExamples } from '../help.ts';
import { path, query } from '../paths.ts';
import { fields, NOTHING, table } from '../text.ts';
import type { Time } from '../time-text.ts';
import type { Perform, Work } from '../work.ts';

const typeForm = z.looseObject({
  type: z.string(), constant: z.string(), webhook: z.string(), otherNames: z.array(z.string()), description: z.string(), visibility: z.string(), isExternal: z.boolean(), currentVersion: z.string(),
  topic: z.looseObject({ name: z.string(), partitions: z.number(), retentionDays: z.number() }),
  versions: z.array(z.looseObject({ version: z.string() })),
  producers: z.array(z.looseObject({ service: z.string(), source: z.string() })),
  readers: z.array(z.looseObject({ handler: z.string() })),
  unheard: z.string().nullable(), takenFrom: z.array(z.string()),
  counts: z.looseObject({ events: z.number(), lastAt: z.string().nullable(), since: z.string() }).nullable(),
});
type EventType = z.infer<typeof typeForm>;

const listForm = z.looseObject({ items: z.array(typeForm) });
const schemaForm = z.record(z.string(), z.unknown());

const DEFAULT_CLIENT = 'operator';

const EXAMPLES = `
Examples:
  cli catalog list --topic payment-events
  cli catalog list --text refund
  cli catalog show order.payment_completed
  cli catalog schema OrderCreated --of-version v1 > OrderCreated.v1.schema.json
`;

export function addCatalog(program: Command, perform: Perform): void {
  const catalog = addExamples(program.command('catalog'), EXAMPLES).description('the types of events, as Commerce Coordinator knows them (needs the scope events:read)');
  catalog.command('list').description('all types, or some, with how many were told lately')
    .option('--topic <topic>', 'of this topic')
    .option('--text <words>', 'with these words in their names or description')
    .action(perform(list));
  catalog.command('show').description('one type, by any of its names').argument('<name>').action(perform(show));
  catalog.command('schema').description('the JSON Schema of a type').argument('<name>')
    .option('--of-version <version>', 'in this version; in the current one when left out')
    .action(perform(schema));
}

async function list(work: Work, filter: { readonly topic?: string; readonly text?: string }): Promise<void> {
  const answer = await (await work.api('cc', DEFAULT_CLIENT)).call('GET', `/api/catalog${query({ topic: filter.topic, text: filter.text })}`);
  work.show(answer, listForm, ({ items }) => (items.length === 0 ? 'No type of event is like that.\n' : table(['TYPE', 'WEBHOOK', 'TOPIC', 'VERSION', 'FROM', 'HEARD BY', 'LATELY'], items.map((type) => [
    type.type, type.webhook, type.topic.name, type.currentVersion, sourcesOf(type), String(type.readers.length), type.counts === null ? NOTHING : String(type.counts.events),
  ]))));
}

async function show(work: Work, name: string): Promise<void> {
  work.show(await (await work.api('cc', DEFAULT_CLIENT)).call('GET', path`/api/catalog/${name}`), typeForm, typeText);
}

async function schema(work: Work, name: string, { ofVersion }: { readonly ofVersion?: string }): Promise<void> {
  const api = await work.api('cc', DEFAULT_CLIENT);
  const version = ofVersion ?? typeForm.parse(await api.call('GET', path`/api/catalog/${name}`)).currentVersion;
  work.show(await api.call('GET', path`/api/catalog/${name}/versions/${version}/schema`), schemaForm, (found) => `${JSON.stringify(found, null, 2)}\n`);
}

function typeText(type: EventType, time: Time): string {
  const { topic, counts } = type;
  return fields([
    ['type', `${type.type}, ${type.visibility}`],
    ['says', type.description],
    ['names', [type.constant, type.webhook, ...type.otherNames].join(' ')],
    ['topic', `${topic.name}, ${topic.partitions} partitions, kept ${topic.retentionDays} days`],
    ['versions', type.versions.map(({ version }) => (version === type.currentVersion ? `${version} (current)` : version)).join(' ')],
    ['from', `${sourcesOf(type)}${type.isExternal ? ', and from outside (POST /api/events)' : ''}`],
    ['heard by', type.readers.map(({ handler }) => handler).join(' ') || (type.unheard ?? NOTHING)],
    ['taken from', type.takenFrom.join(' ') || NOTHING],
    ['lately', counts === null ? 'not stored' : `${counts.events} since ${time(counts.since)}${counts.lastAt === null ? '' : `, the last one ${time(counts.lastAt)}`}`],
  ]);
}

function sourcesOf({ producers }: EventType): string {
  return producers.map(({ source }) => source).join(' ') || NOTHING;
}
