/**
 * The pages of the catalogue as HTML, for people: an index by topic, and a page for each type. Pure; no script, and nothing from
 * elsewhere. Every text is escaped.
 */
import type { EventEnvelope } from '@commerce/events/envelope';
import { toCloudEvent } from '@commerce/events/cloud-events';
import type { JsonSchema } from '@commerce/events/json-schema';
import { TOPICS } from '@commerce/events/topics';
import { rowsOf } from './schema-rows.ts';
import type { Route } from './routes.ts';
import type { RulesLetting } from './rules.ts';
import type { TypeView } from './views.ts';

/** Addresses of what the pages refer to, relative to the root of the service. */
export interface PageLinks {
  readonly css: string;
}

export interface IndexPage {
  readonly links: PageLinks;
  readonly types: readonly TypeView[];
  /** How many there are in all. */
  readonly all: number;
  readonly filter: { readonly topic?: string | undefined; readonly text?: string | undefined };
  readonly showsCounts: boolean;
}

export function indexPage({ links, types, all, filter, showsCounts }: IndexPage): string {
  const topics = Object.entries(TOPICS).flatMap(([name, topic]) => {
    const its = types.filter((type) => type.topic.name === name);
    return its.length === 0 ? [] : [topicSection(name, topic, its, showsCounts)];
  });
  const found = types.length === all ? `${all} types of events.` : `${types.length} of ${all} types of events.`;
  return page({ title: 'Event catalogue', links, up: '' }, `
<h1>Event catalogue</h1>
<form method="get" action="catalog" role="search">
<p><label for="text">Name or words</label> <input id="text" name="text" type="search" maxlength="200" value="${escaped(filter.text ?? '')}"></p>
<p><label for="topic">Topic</label> <select id="topic" name="topic"><option value="">All topics</option>${Object.keys(TOPICS).map((name) => `<option${name === filter.topic ? ' selected' : ''}>${name}</option>`).join('')}</select></p>
<p><button type="submit">Show</button>${types.length === all ? '' : ' <a href="catalog">Show all</a>'}</p>
</form>
<p role="status">${found}</p>
${topics.join('\n')}`);
}

function topicSection(name: string, { description, partitions, retentionDays }: { readonly description: string; readonly partitions: number; readonly retentionDays: number }, types: readonly TypeView[], showsCounts: boolean): string {
  const head = ['Type', 'Webhook name', 'What it says', 'Told by', 'Heard by', ...(showsCounts ? ['Last 24 h'] : [])];
  const rows = types.map((type) => [
    `<a href="catalog/${type.type}">${type.type}</a>${badges(type)}`, code(type.webhook), described(type.description), list(type.producers.map(({ source }) => code(source))),
    list(type.readers.map(({ handler }) => code(handler))), ...(showsCounts ? [count(type)] : []),
  ]);
  return `<section aria-labelledby="${name}">
<h2 id="${name}">${name}</h2>
<p>${escaped(description)}. ${partitions} partitions, kept for ${days(retentionDays)}.</p>
${table(`Types in ${name}`, head, rows, showsCounts ? [5] : [])}
</section>`;
}

export interface TypePage {
  readonly links: PageLinks;
  readonly type: TypeView;
  readonly example: EventEnvelope;
  readonly subject: string;
  /** By version, the newest first. */
  readonly schemas: readonly (readonly [version: string, schema: JsonSchema])[];
  readonly routes: readonly Route[];
  readonly rules: RulesLetting;
  readonly showsCounts: boolean;
}

export function typePage({ links, type, example, subject, schemas, routes, rules, showsCounts }: TypePage): string {
  const { producers, readers, counts } = type;
  return page({ title: type.type, links, up: '../' }, `
<p><a href="../catalog">Event catalogue</a> › <a href="../catalog?topic=${type.topic.name}">${type.topic.name}</a></p>
<h1>${type.type}${badges(type)}</h1>
<p>${described(type.description)}</p>
<dl>
<dt>Constant</dt><dd>${code(type.constant)}</dd>
<dt>Webhook name</dt><dd>${code(type.webhook)}</dd>
<dt>Other names</dt><dd>${list(type.otherNames.map(code))}</dd>
<dt>Topic</dt><dd>${type.topic.name}: ${type.topic.partitions} partitions, kept for ${days(type.topic.retentionDays)}</dd>
<dt>Current version</dt><dd>${type.currentVersion}</dd>
${showsCounts && counts !== null ? `<dt>In the log</dt><dd>${counts.events} since <time datetime="${counts.since}">${moment(counts.since)}</time>${counts.lastAt === null ? '' : `, the last one at <time datetime="${counts.lastAt}">${moment(counts.lastAt)}</time>`}</dd>` : ''}
</dl>
<section aria-labelledby="told"><h2 id="told">Told by</h2>
${producers.length === 0 ? '<p>Nobody here.</p>' : table('Who tells it', ['Source', 'Service', 'Extension'], producers.map(({ source, service, extension }) => [code(source), escaped(service), extension === null ? '' : code(extension)]))}
${type.isExternal ? '<p>Also taken from outside: <code>POST /api/events</code>.</p>' : ''}</section>
<section aria-labelledby="heard"><h2 id="heard">Heard by</h2>
${readers.length === 0 ? `<p>${escaped(type.unheard ?? 'No handler of either service.')}</p>` : table('Who hears it', ['Handler', 'Kind', 'Service', 'Only'], readers.map(({ handler, kind, service, filter }) => [code(handler), escaped(kind), escaped(service), filter === undefined ? '' : code(JSON.stringify(filter))]))}</section>
<section aria-labelledby="ways"><h2 id="ways">Ways over the buses</h2>
${routes.length === 0 ? '<p>None: it does not leave the service.</p>' : table('Buses and queues', ['Way', 'Bus or queue', 'source', 'detail-type'], routes.map(({ way, place, source }) => [way === 'out' ? 'published on' : 'taken from', code(place), code(source), code(type.type)]))}
${rulesPart(rules, routes)}</section>
${schemas.map(([version, schema]) => schemaSection(type, version, schema)).join('\n')}
<section aria-labelledby="example"><h2 id="example">Example</h2>
<h3>In our envelope</h3>
<pre tabindex="0">${escaped(JSON.stringify(example, null, 2))}</pre>
<h3>As CloudEvents 1.0</h3>
<pre tabindex="0">${escaped(JSON.stringify(toCloudEvent(example, { subject }), null, 2))}</pre></section>`);
}

function rulesPart({ rules, isWhole }: RulesLetting, routes: readonly Route[]): string {
  if (routes.length === 0) return '';
  const rows = rules.map(({ name, bus, targets }) => [code(name), code(bus), list(targets.map(code))]);
  const found = rules.length > 0 ? `<h3>Rules that let it through</h3>\n${table('Rules', ['Rule', 'Bus', 'Targets'], rows)}` : '';
  if (!isWhole) return `${found}<p>Not all rules of these buses can be looked at from here.</p>`;
  return rules.length > 0 ? found : '<p>No rule of these buses lets it through.</p>';
}

function schemaSection({ currentVersion }: TypeView, version: string, schema: JsonSchema): string {
  const data = (schema['properties'] as Readonly<Record<string, JsonSchema>>)['data'] ?? {};
  const rows = rowsOf(data).map(({ path, type, isRequired, rules }) => [code(path), escaped(type), isRequired ? 'yes' : 'no', escaped(rules)]);
  return `<section aria-labelledby="${version}"><h2 id="${version}">Data in ${version}${version === currentVersion ? ', which is written today' : ''}</h2>
${table(`Members of ${version}`, ['Member', 'Type', 'Required', 'Rules'], rows)}</section>`;
}

interface Frame {
  readonly title: string;
  readonly links: PageLinks;
  /** From the page to the root of the service. */
  readonly up: string;
}

function page({ title, links, up }: Frame, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title === 'Event catalogue' ? title : `${title}: event catalogue`}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${up}${links.css}">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<nav aria-label="Other references"><a href="${up}catalog">Event catalogue</a> <a href="${up}docs">API reference</a> <a href="${up}problems">All problems</a></nav>
<main id="main" tabindex="-1">${content}
</main>
</body>
</html>
`;
}

/** Cells are HTML. `label` is its name on the page. `figures`: columns of numbers. */
function table(label: string, head: readonly string[], rows: readonly (readonly string[])[], figures: readonly number[] = []): string {
  const cell = (text: string, index: number): string => (index === 0 ? `<th scope="row">${text}</th>` : `<td${figures.includes(index) ? ' class="figure"' : ''}>${text}</td>`);
  return `<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${head.map((text) => `<th scope="col">${text}</th>`).join('')}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}
</tbody></table></div>`;
}

function badges({ visibility, isExternal }: TypeView): string {
  const words = [...(visibility === 'published' ? [] : [visibility]), ...(isExternal ? ['external too'] : [])];
  return words.map((word) => ` <span class="badge">${word}</span>`).join('');
}

function count({ counts }: TypeView): string {
  return counts === null ? 'not stored' : String(counts.events);
}

function list(parts: readonly string[]): string {
  return parts.length === 0 ? '<span class="none">none</span>' : parts.join(' ');
}

function days(count: number): string {
  return count % 365 === 0 ? `${count / 365} ${count === 365 ? 'year' : 'years'}` : `${count} days`;
}

function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

function code(text: string): string {
  return `<code>${escaped(text)}</code>`;
}

/** What stands between backticks is code. */
function described(text: string): string {
  return escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

export const CSS = `:root { color-scheme: light dark; --ground: light-dark(#fff, #11171f); --raised: light-dark(#f2f4f7, #1b232d); --line: light-dark(#c9d0d9, #2d3846); --text: light-dark(#1c2430, #e7ecf2); --soft: light-dark(#56606e, #a3b1c1); --accent: light-dark(#0b3d91, #8fc0ff); }
@media print { :root { color-scheme: light; } }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem 1rem; background: var(--ground); color: var(--accent); z-index: 1; }
nav, main { max-width: 80rem; margin: 0 auto; padding: 1rem 1.25rem 0; }
main { padding-bottom: 3rem; }
nav a { margin-right: 1rem; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
h1 { font-size: 1.75rem; margin: .5rem 0; }
h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
form { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: end; }
form p { margin: .25rem 0; }
input, select, button { font: inherit; padding: .3rem .5rem; border: 1px solid var(--soft); border-radius: .25rem; background: var(--ground); color: inherit; }
button { background: var(--accent); border-color: var(--accent); color: var(--ground); cursor: pointer; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); font-weight: normal; }
thead th { font-weight: 600; border-bottom: 2px solid var(--soft); white-space: nowrap; }
tbody th { white-space: nowrap; }
.figure { text-align: right; font-variant-numeric: tabular-nums; }
code, pre { font: .875rem/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
td code, th code { white-space: nowrap; }
pre { background: var(--raised); padding: .75rem 1rem; overflow-x: auto; overflow-wrap: normal; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem; }
dt { font-weight: 600; }
dd { margin: 0; }
.badge { display: inline-block; font: .75rem/1.4 system-ui, sans-serif; padding: 0 .5rem; border: 1px solid var(--soft); border-radius: 1rem; color: var(--text); vertical-align: middle; }
.none { color: var(--soft); }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } }
`;
