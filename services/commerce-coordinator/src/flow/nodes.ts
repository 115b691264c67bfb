/** The places of the flow, each with how it stands and, where it does not stand well, why. Pure. */
import type { Facts } from './facts.ts';
import { CLIENTS, extensionId, INGEST, LOG, QUEUE } from './plan.ts';
import type { Plan, PlannedExtension } from './plan.ts';
import { eventsOf, lastOf, perSecond, sumOfKeys } from './measured.ts';
import type { EdgeView, NodeView } from './views.ts';
import { busId, DEAD, ruleId, sourceId, targetId, UNDELIVERED } from './ways.ts';
import type { JudgedRule, Places } from './ways.ts';

type Standing = Pick<NodeView, 'state' | 'why'>;

/** As the alarms judge it. */
const MOST_LAG_SECONDS = 60;
/** From here on failures are worth a look, and from there on they are a fault. */
const [SOME_FAIL, MOST_FAIL] = [0.05, 0.5];
/** What is due so long should have been done. */
const LONG_DUE_SECONDS = 30;
/** So many messages in a queue are more than what is on its way. */
const MANY = 1_000;

export function nodesOf(plan: Plan, places: Places, rules: readonly JudgedRule[], edges: readonly EdgeView[], facts: Facts): NodeView[] {
  const into = (id: string): readonly EdgeView[] => edges.filter(({ to }) => to === id);
  const outsides = plan.extensions.flatMap(({ outside }) => outside ?? []);
  const sources = [...new Set(plan.foreign.map(({ source }) => source))].filter((source) => !outsides.some(({ id }) => id === sourceId(source)));
  const hasProvider = outsides.some(({ id }) => id === 'provider');
  return [
    clients(edges, facts),
    ...outsides.map((outside) => (outside.id === 'webhooks' ? webhooks(facts) : node(outside.id, outside.kind, outside.title, outside.text, callStanding(into(outside.id)), { perSecond: rateOf(into(outside.id)) }))),
    ...sources.map((source) => node(sourceId(source), 'service', source, 'Another service, of which events are taken.', usual(rateOf(edges.filter(({ from }) => from === sourceId(source)))))),
    ...(hasProvider ? [ingest(into(INGEST), facts)] : []),
    ...plan.extensions.map((extension) => extensionNode(extension, facts)),
    node(LOG, 'log', 'Event log', 'Every event stands here before anybody hears it.', usual(perSecond(allEvents(facts))), { perSecond: perSecond(allEvents(facts)) }),
    ...busNodes(plan, places, rules, edges, facts),
  ];
}

function clients(edges: readonly EdgeView[], { roles }: Facts): NodeView {
  const rate = rateOf(edges.filter(({ from, kind }) => from === CLIENTS && kind === 'request'));
  const standing: Standing = roles.has('api') ? usual(rate) : { state: 'unknown', why: 'No process with the role api has told of itself.' };
  return node(CLIENTS, 'clients', 'Clients', 'Shops, people and other services that call the API.', standing, { perSecond: rate });
}

function ingest(edges: readonly EdgeView[], { roles }: Facts): NodeView {
  const rate = rateOf(edges);
  const standing: Standing = roles.has('ingest') ? usual(rate) : { state: 'unknown', why: 'No process with the role ingest tells of itself here: where it runs alone, its own figures say how it stands.' };
  return node(INGEST, 'ingest', 'Ingest', 'Takes the webhooks of payment providers at the edge.', standing, { perSecond: rate });
}

function extensionNode({ name, description, tells, handlers }: PlannedExtension, facts: Facts): NodeView {
  const waits = handlers.flatMap(({ handler }) => facts.waiting.get(handler) ?? []);
  const sum = (of: (one: (typeof waits)[number]) => number): number => waits.reduce((all, one) => all + of(one), 0);
  const runs = sumOfKeys(facts.lately.runs, handlers.flatMap(({ handler, hears }) => hears.map((type) => `${handler} ${type}`)));
  const lag = facts.readers.filter(({ reader }) => reader === name || reader.startsWith(`${name}.`)).reduce((most, { lagSeconds }) => Math.max(most, lagSeconds), 0);
  const oldestDue = waits.reduce((most, one) => Math.max(most, one.oldestDueSeconds), 0);
  const dead = sum((one) => one.dead);
  const its = [...new Set([...tells, ...handlers.flatMap(({ hears }) => hears)])];
  const standing = firstOf(
    dead > 0 && bad(`${count(dead, 'event was', 'events were')} given up by its handlers.`),
    lag > MOST_LAG_SECONDS && bad(`Its reader is ${Math.round(lag)} s behind.`),
    runs.ended > 0 && runs.failed / runs.ended >= SOME_FAIL && warn(`${runs.failed} of ${runs.ended} runs of its handlers failed in the last minute.`),
    oldestDue > LONG_DUE_SECONDS && warn(`Work of it has been due for ${Math.round(oldestDue)} s.`),
    its.length > 0 && lastOf(facts, its) === null && unused('Nothing that it tells or hears stands in the log.'),
  ) ?? usual(perSecond(runs.ended + eventsOf(facts, tells, 'own')));
  return node(extensionId(name), 'extension', title(name), description, standing, {
    perSecond: perSecond(runs.ended), depth: sum((one) => one.waiting), dead, lagSeconds: Math.round(lag * 10) / 10, handlers: handlers.length,
  });
}

function webhooks({ webhooks: { registered, disabled, queued, oldestDueSeconds, unwell, held, lately } }: Facts): NodeView {
  const rate = perSecond(lately.delivered + lately.givenUp);
  const standing = firstOf(
    unwell > 0 && bad(`${count(unwell, 'endpoint is', 'endpoints are')} behind, or take little of what they are sent.`),
    disabled > 0 && warn(`${count(disabled, 'endpoint is', 'endpoints are')} disabled; ${count(held, 'delivery is', 'deliveries are')} kept for them.`),
    lately.givenUp > 0 && warn(`${count(lately.givenUp, 'delivery was', 'deliveries were')} given up in the last minute, and can be sent again.`),
    registered === 0 && unused('No endpoint is registered.'),
  ) ?? usual(rate);
  return node('webhooks', 'webhooks', 'Webhook endpoints', `${count(registered, 'address', 'addresses')} of clients that are told what happens.`, standing, { perSecond: rate, depth: queued, lagSeconds: Math.round(oldestDueSeconds * 10) / 10, handlers: registered });
}

function busNodes(plan: Plan, { bus, queue }: Places, rules: readonly JudgedRule[], edges: readonly EdgeView[], facts: Facts): NodeView[] {
  const names = [...new Set([bus, ...rules.map((rule) => rule.bus)])];
  const targets = [...new Set(rules.flatMap((rule) => rule.targets))].filter((name) => name !== queue);
  const foreignRate = perSecond(eventsOf(facts, plan.foreign.map(({ type }) => type), 'foreign'));
  const inRate = (id: string): number => rateOf(edges.filter(({ to }) => to === id));
  return [
    ...names.map((name) => (name === bus ? ownBus(name, inRate(busId(name)), facts) : node(busId(name), 'bus', name, 'The bus of another service.', usual(inRate(busId(name))), { perSecond: inRate(busId(name)) }))),
    ...rules.map((rule) => node(ruleId(rule), 'rule', rule.name, `Of ${rule.bus}, to ${rule.targets.join(', ') || 'nobody'}.`, rule.isEnabled ? usual(inRate(ruleId(rule))) : warn('It is switched off.'), { perSecond: inRate(ruleId(rule)) })),
    ...targets.map((name) => node(targetId(name), 'queue', name, 'Who subscribes to a bus.', { state: 'unknown', why: 'It belongs to somebody else, and is not asked how much lies in it.' }, { perSecond: inRate(targetId(name)) })),
    ...(queue === undefined
      ? [node(QUEUE, 'queue', 'Kafka topics', 'What other services tell, as this service reads it.', usual(foreignRate), { perSecond: foreignRate })]
      : [
        node(QUEUE, 'queue', queue, 'What other services tell waits here for the consumer.', queueStanding(facts.depths.get('queue'), foreignRate), { perSecond: foreignRate, depth: facts.depths.get('queue') ?? null }),
        deadQueue(DEAD, 'Dead-letter queue', 'Messages that the consumer did not take.', facts.depths.get('dead')),
        deadQueue(UNDELIVERED, 'Undelivered', 'Events that a rule could not bring to the queue.', facts.depths.get('undelivered')),
      ]),
  ];
}

function ownBus(name: string, rate: number, { readers, refused }: Facts): NodeView {
  const lag = readers.find(({ reader }) => reader === 'publisher')?.lagSeconds ?? 0;
  const standing = firstOf(lag > MOST_LAG_SECONDS && bad(`What is to be published waits for ${Math.round(lag)} s.`), refused > 0 && warn(`The bus has refused ${count(refused, 'event', 'events')}; they are tried again.`)) ?? usual(rate);
  return node(busId(name), 'bus', name, 'Where this service publishes.', standing, { perSecond: rate, lagSeconds: Math.round(lag * 10) / 10, dead: refused });
}

function deadQueue(id: string, name: string, text: string, depth: number | undefined): NodeView {
  const standing: Standing = depth === undefined ? NOT_ASKED : depth > 0 ? bad(`${count(depth, 'message lies', 'messages lie')} here.`) : { state: 'ok', why: null };
  return node(id, 'dead-letters', name, text, standing, { depth: depth ?? null, dead: depth ?? null });
}

const NOT_ASKED: Standing = { state: 'unknown', why: 'How much lies here could not be asked.' };

function queueStanding(depth: number | undefined, rate: number): Standing {
  if (depth === undefined) return NOT_ASKED;
  return depth >= MANY ? warn(`${count(depth, 'message waits', 'messages wait')}.`) : usual(rate);
}

/** Of the worst of the ways that lead to it. */
function callStanding(edges: readonly EdgeView[]): Standing {
  const worst = edges.reduce((most, { errorShare }) => Math.max(most, errorShare ?? 0), 0);
  const text = `${Math.round(worst * 100)}% of the calls failed in the last minute; they are tried again.`;
  return worst >= MOST_FAIL ? bad(text) : worst >= SOME_FAIL ? warn(text) : usual(rateOf(edges));
}

function usual(rate: number): Standing {
  return { state: rate > 0 ? 'ok' : 'quiet', why: null };
}

const bad = (why: string): Standing => ({ state: 'bad', why });
const warn = (why: string): Standing => ({ state: 'warn', why });
const unused = (why: string): Standing => ({ state: 'unused', why });

function firstOf(...all: (Standing | false)[]): Standing | undefined {
  return all.find((one) => one !== false);
}

function rateOf(edges: readonly EdgeView[]): number {
  return Math.round(edges.reduce((sum, edge) => sum + (edge.perSecond ?? 0), 0) * 1_000) / 1_000;
}

function allEvents({ events }: Facts): number {
  return [...events.values()].reduce((sum, { own, foreign }) => sum + own + foreign, 0);
}

function count(number: number, one: string, many: string): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

function title(name: string): string {
  const words = name.replaceAll(/[-_]/g, ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

const NOTHING = { perSecond: null, depth: null, lagSeconds: null, dead: null, handlers: null };

function node(id: string, kind: NodeView['kind'], name: string, text: string, standing: Standing, more: Partial<NodeView> = {}): NodeView {
  return { id, kind, title: name, text, ...standing, ...NOTHING, ...more };
}
