/** Pages that are made from other files: from the contract and `.env.example`, which are made from the code, and from the project's README. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BY_HAND_SECTIONS } from './links.ts';

const ROOT = join(import.meta.dirname, '../..');

function json(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Record<string, unknown>;
}

interface Message {
  readonly name: string;
  readonly summary?: string;
  readonly examples?: readonly { readonly payload: unknown }[];
  readonly 'x-names'?: { readonly constant: string; readonly webhook: string; readonly others: readonly string[] };
  readonly 'x-topic'?: { readonly name: string; readonly partitions: number; readonly retentionDays: number };
  readonly 'x-readers'?: Readonly<Record<string, readonly string[]>>;
  readonly 'x-eventbridge'?: { readonly bus: string; readonly source: string };
}

/** Every event that leaves its service: names, topic, who hears it, an example. */
export function eventsPage(): string {
  const { components } = json('docs/contract/asyncapi.json') as { components: { messages: Record<string, Message> } };
  const messages = Object.values(components.messages).toSorted((a, b) => a.name.localeCompare(b.name));
  const parts = messages.map((message) => {
    const { name, summary, examples, 'x-names': names, 'x-topic': topic, 'x-readers': readers = {}, 'x-eventbridge': bus } = message;
    const [type = name, version = 'v1'] = name.split('.');
    const heard = Object.entries(readers).flatMap(([service, handlers]) => handlers.map((handler) => `\`${handler}\` of ${service}`)).join(', ');
    return [
      `## ${type} ${version}`, '', summary ?? '', '',
      '| | |', '|---|---|',
      ...(names === undefined ? [] : [`| names | \`${[names.constant, names.webhook, ...names.others].join('`, `')}\` |`]),
      ...(bus === undefined ? [] : [`| on EventBridge | bus \`${bus.bus}\`, source \`${bus.source}\` |`]),
      ...(topic === undefined ? [] : [`| topic | \`${topic.name}\`, ${topic.partitions} partitions, kept ${topic.retentionDays} days |`]),
      `| heard by | ${heard === '' ? 'nobody of this pair' : heard} |`,
      ...(examples?.[0] === undefined ? [] : ['', '```json', JSON.stringify(examples[0].payload, undefined, 2), '```']), '',
    ].join('\n');
  });
  return `# Events\n\nEvery event that is published, in each version; the JSON Schema of each stands in \`docs/contract/events\`. Running, the same is at \`/catalog\` of each service, with what is told of each.\n\n${parts.join('\n')}`;
}

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const APIS = [['Commerce Coordinator', 'docs/contract/commerce-coordinator.openapi.json'], ['Order Fulfillment', 'docs/contract/order-fulfillment.openapi.json']] as const;

/** Every route of both services, with what it needs. */
export function apisPage(): string {
  const services = APIS.map(([service, path]) => {
    const { paths } = json(path) as { paths: Record<string, Partial<Record<(typeof METHODS)[number], Operation>>> };
    const rows = Object.entries(paths).flatMap(([address, methods]) => METHODS.flatMap((method) => {
      const operation = methods[method];
      if (operation === undefined) return [];
      const scopes = [...new Set((operation.security ?? []).flatMap((one) => Object.values(one).flat()))].map((scope) => `\`${scope}\``).join(', ');
      return [{ tag: operation.tags?.[0] ?? 'other', row: `| \`${method.toUpperCase()} ${address}\` | ${operation.summary ?? ''} | ${scopes === '' ? 'nobody is asked who he is' : scopes} |` }];
    }));
    const tags = Map.groupBy(rows, ({ tag }) => tag);
    return [`## ${service}`, '', ...[...tags].flatMap(([tag, its]) => [`### ${service}: ${tag}`, '', '| route | what it does | scope |', '|---|---|---|', ...its.map(({ row }) => row), ''])].join('\n');
  });
  return `# APIs\n\nBoth services describe themselves: \`/openapi.json\` is OpenAPI 3.1, and \`/docs\` is the same to read and to try. The documents stand in \`docs/contract\`.\n\n${services.join('\n')}`;
}

/** Every variable, from `.env.example`. */
export function configurationPage(): string {
  const text = readFileSync(join(ROOT, '.env.example'), 'utf8');
  return `# Configuration\n\nEvery variable that a program of this project reads, with what it means when it is left out: the file \`.env.example\`.\n\n\`\`\`sh\n${text.trim()}\n\`\`\`\n`;
}

/** What the README tells to type on a running stack. Throws when it has a section no more. */
export function byHandPage(): string {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const sections = BY_HAND_SECTIONS.map((heading) => {
    const text = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0];
    if (text === undefined) throw new Error(`README.md has no section "${heading}", which the guide shows.`);
    // Its links begin at the project, those of pages at `docs`.
    return `## ${heading}\n${text.replaceAll(/\]\((?!#|[a-z]+:)(docs\/)?/g, (_all, docs?: string) => (docs === undefined ? '](../' : ']('))}`;
  });
  return `# Place an order by hand\n\nWith \`curl\`, as any program would. The same stands in the README of the project.\n\n${sections.join('\n')}`;
}
