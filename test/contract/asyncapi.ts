/**
 * The AsyncAPI 3 document of the bus and the queues. Buses, rules, patterns and queues come from the templates of the CDK app,
 * messages from the event catalogue; schemas stand in files of their own beside it.
 *
 * A bus carries an event as `detail`; a queue gets what EventBridge makes of it, with the event in its `detail`. So each event is
 * one message on its bus, and another one in each queue whose rule lets it through. What its other names are, in which topic it is kept, and
 * which handlers hear it, stands beside it: `x-names`, `x-topic`, `x-readers`.
 */
import { MAP } from '@commerce/commerce-coordinator/signals';
import { TOPICS } from '@commerce/events/topics';
import { SIGNALS } from '@commerce/order-fulfillment/signals';
import type { SchemaObject } from './documents.ts';
import { eventSchemas } from './event-schemas.ts';
import type { EventSchema } from './event-schemas.ts';
import { serviceOf, sourceOf } from './speakers.ts';
import type { Infrastructure, Queue, Rule } from './template.ts';

const AWS_SERVERS = {
  eventbridge: {
    host: 'events.{region}.amazonaws.com', protocol: 'eventbridge', description: 'Amazon EventBridge: PutEvents on the bus of the service that speaks.',
    variables: { region: { description: 'Region of the bus.', default: 'us-east-1' } },
  },
  sqs: {
    host: 'sqs.{region}.amazonaws.com', protocol: 'sqs', description: 'Amazon SQS: the queues of those who listen.',
    variables: { region: { description: 'Region of the queue.', default: 'us-east-1' } },
  },
};

const DESCRIPTION = [
  'What Order Fulfillment and Commerce Coordinator tell, and who hears it.',
  '',
  'Delivery is at least once and in any order. `eventId` is the identity of an event: the same id is the same event. `metadata.sequence`',
  'rises by one with each event of one fulfillment; what is older than a reader has seen says nothing new. A version may gain an',
  'optional member of `data`, at any depth: pass over members that you do not know. Nothing else of a version changes: another form',
  'is a new version beside it.',
  '',
  'The `detail` is the event in this form; where a service is told so (EVENT_WIRE_FORMAT), it is the same event as CloudEvents 1.0 with',
  'its `data` in the same place.',
].join('\n');

export function asyncApi(infrastructure: Infrastructure): SchemaObject {
  const events = eventSchemas();
  const queues = infrastructure.rules.map((rule) => ({ rule, heard: heardBy(rule, events) }));
  return {
    asyncapi: '3.0.0',
    info: { title: 'Events of the commerce pair', version: '1.0.0', description: DESCRIPTION },
    defaultContentType: 'application/json',
    servers: AWS_SERVERS,
    channels: {
      ...Object.fromEntries(infrastructure.buses.map((bus) => [bus, busChannel(bus, spokenOn(bus, events))])),
      ...Object.fromEntries(queues.map(({ rule, heard }) => [rule.queue.name, queueChannel(rule, heard)])),
    },
    operations: {
      ...Object.fromEntries(infrastructure.buses.map((bus) => [`${bus}.publish`, publishing(bus, spokenOn(bus, events))])),
      ...Object.fromEntries(queues.map(({ rule, heard }) => [`${rule.queue.name}.receive`, receiving(rule, heard)])),
    },
    components: {
      messages: {
        ...Object.fromEntries(events.map((event) => [event.name, messageOf(event)])),
        ...Object.fromEntries(queues.flatMap(({ rule, heard }) => heard.map((event) => [queuedName(rule.queue, event), queuedMessageOf(event, rule)]))),
      },
    },
  };
}

function spokenOn(bus: string, events: readonly EventSchema[]): EventSchema[] {
  return events.filter(({ entry }) => serviceOf(entry.type) === bus);
}

function heardBy({ bus, pattern }: Rule, events: readonly EventSchema[]): EventSchema[] {
  const types = pattern['detail-type'];
  if (!Array.isArray(types) || types.some((type) => typeof type !== 'string')) throw new Error(`The rule on ${bus} must name each detail-type that it lets through.`);
  return spokenOn(bus, events).filter(({ entry }) => types.includes(entry.type));
}

function busChannel(bus: string, events: readonly EventSchema[]): SchemaObject {
  return {
    address: bus,
    title: `The bus ${bus}`,
    description: 'Whoever may put a rule on this bus hears it; only its owner may speak.',
    servers: [reference('servers', 'eventbridge')],
    messages: Object.fromEntries(events.map(({ name }) => [name, reference('components', 'messages', name)])),
    'x-eventbridge': { bus, sources: unique(events.map(({ entry }) => sourceOf(entry.type))), 'detail-types': unique(events.map(({ entry }) => entry.type)) },
  };
}

function queueChannel(rule: Rule, events: readonly EventSchema[]): SchemaObject {
  const { queue, undelivered } = rule;
  return {
    address: queue.name,
    title: `The queue ${queue.name}`,
    description: rule.description,
    servers: [reference('servers', 'sqs')],
    messages: Object.fromEntries(events.map((event) => [event.name, reference('components', 'messages', queuedName(queue, event))])),
    bindings: { sqs: { queue: queueBinding(queue), ...(queue.redrive && { deadLetterQueue: queueBinding(queue.redrive.queue) }), bindingVersion: '0.2.0' } },
    'x-eventbridge': {
      bus: rule.bus, rule: rule.name, pattern: rule.pattern,
      ...(rule.retry && { retryPolicy: rule.retry }), ...(undelivered && { undelivered: queueBinding(undelivered) }),
    },
  };
}

function publishing(bus: string, events: readonly EventSchema[]): SchemaObject {
  return {
    action: 'send',
    channel: reference('channels', bus),
    summary: `${bus} publishes its events`,
    messages: events.map(({ name }) => reference('channels', bus, 'messages', name)),
  };
}

function receiving({ queue }: Rule, events: readonly EventSchema[]): SchemaObject {
  return {
    action: 'receive',
    channel: reference('channels', queue.name),
    summary: `The owner of the queue receives what its rule lets through`,
    messages: events.map(({ name }) => reference('channels', queue.name, 'messages', name)),
    bindings: { sqs: { queues: [queueBinding(queue)], bindingVersion: '0.2.0' } },
  };
}

function messageOf({ entry, name, version, example }: EventSchema): SchemaObject {
  return {
    name,
    title: `${entry.type} ${version}`,
    summary: entry.description,
    contentType: 'application/json',
    payload: { $ref: schemaFile(name) },
    ...(example && { examples: [{ name: 'example', payload: example }] }),
    'x-eventbridge': { bus: serviceOf(entry.type), source: sourceOf(entry.type), 'detail-type': entry.type },
    'x-names': { constant: entry.constant, webhook: entry.webhook, others: entry.otherNames ?? [] },
    'x-topic': { name: entry.topic, ...topicOf(entry) },
    'x-readers': readersOf(entry.type),
  };
}

function topicOf({ topic }: EventSchema['entry']): SchemaObject {
  const { partitions, retentionDays } = TOPICS[topic];
  return { partitions, retentionDays };
}

/** Who hears it in each service: the handlers that the maps connect. */
function readersOf(type: string): SchemaObject {
  const heard = { 'commerce-coordinator': (MAP.connections[type] ?? []).map(({ handler }) => handler), 'order-fulfillment': (SIGNALS as Readonly<Record<string, readonly string[]>>)[type] ?? [] };
  return Object.fromEntries(Object.entries(heard).filter(([, handlers]) => handlers.length > 0));
}

/** The event as EventBridge hands it to a queue. */
function queuedMessageOf(event: EventSchema, { bus, pattern }: Rule): SchemaObject {
  const { entry, name, version, example } = event;
  const source = sourceOf(entry.type);
  const text = { type: 'string' };
  const properties = {
    version: { const: '0' }, id: { type: 'string', format: 'uuid' }, 'detail-type': { const: entry.type }, source: { const: source }, account: text,
    time: { type: 'string', format: 'date-time' }, region: text, resources: { type: 'array', items: text }, detail: { $ref: schemaFile(name) },
  };
  const delivered = {
    version: '0', id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718', 'detail-type': entry.type, source, account: '123456789012',
    time: '2026-11-21T09:30:00Z', region: 'us-east-1', resources: [],
  };
  return {
    name,
    title: `${entry.type} ${version}, delivered by EventBridge`,
    summary: entry.description,
    contentType: 'application/json',
    payload: { type: 'object', required: Object.keys(properties), properties },
    ...(example && { examples: [{ name: 'example', payload: { ...delivered, detail: example } }] }),
    'x-eventbridge': { bus, source, 'detail-type': entry.type, pattern },
  };
}

function queueBinding({ name, visibilityTimeoutS, retentionS, redrive }: Queue): SchemaObject {
  return {
    name, fifoQueue: false,
    ...(visibilityTimeoutS !== undefined && { visibilityTimeout: visibilityTimeoutS }),
    ...(retentionS !== undefined && { messageRetentionPeriod: retentionS }),
    ...(redrive && { redrivePolicy: { deadLetterQueue: { name: redrive.queue.name }, maxReceiveCount: redrive.maxReceiveCount } }),
  };
}

function queuedName(queue: Queue, { name }: EventSchema): string {
  return `${queue.name}.${name}`;
}

function schemaFile(name: string): string {
  return `./events/${name}.schema.json`;
}

function reference(...path: readonly string[]): SchemaObject {
  return { $ref: `#/${path.join('/')}` };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
