/**
 * How the guide is made: the pages of `docs` as they stand, the reference out of the contract, one layout, no inline script or style, nothing
 * from elsewhere. `node build.ts` writes it to `dist`; Commerce Coordinator serves that at /docs/guide/.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import syntaxHighlight from '@11ty/eleventy-plugin-syntaxhighlight';
import anchors from 'markdown-it-anchor';
import { CONTENTS } from './contents.ts';
import { addressOf, anchorOf, BASE, BY_HAND, linkFrom } from './links.ts';
import { apisPage, byHandPage, configurationPage, eventsPage } from './reference.ts';
import { searchIndex } from './search-index.ts';

const DOCS = join(import.meta.dirname, '..');
const MADE: Readonly<Record<string, () => string>> = { [BY_HAND]: byHandPage, 'reference/apis.md': apisPage, 'reference/events.md': eventsPage, 'reference/configuration.md': configurationPage };
const ORDER = CONTENTS.flatMap(({ title: section, pages }) => pages.map((page) => ({ ...page, section })));

/** What of Eleventy is used here; it brings no types. */
interface PageData {
  readonly page: { readonly inputPath: string };
  readonly content?: string;
}
interface Eleventy {
  addPlugin(plugin: unknown): void;
  addGlobalData(name: string, value: unknown): void;
  addFilter(name: string, filter: (value: never) => unknown): void;
  addTemplate(path: string, text: string, data?: object): void;
  addCollection(name: string, make: (api: { getAll(): unknown[] }) => unknown): void;
  addPassthroughCopy(paths: Readonly<Record<string, string>>): void;
  amendLibrary(name: 'md', amend: (markdown: Markdown) => void): void;
  ignores: Set<string>;
  setUseGitIgnore(use: boolean): void;
  on(event: 'eleventy.after', listener: (done: { results: { url: string; content: string }[]; directories: { output: string } }) => void): void;
}
interface Token {
  attrs: [string, string][] | null;
  tag: string;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}
type Rule = (tokens: Token[], index: number, options: unknown, env: PageData, renderer: { renderToken(tokens: Token[], index: number, options: unknown): string }) => string;
interface Markdown {
  use(plugin: unknown, options: object): Markdown;
  renderer: { rules: Record<string, Rule | undefined> };
}

/** Below `docs`. */
function fileOf(inputPath: string): string {
  return inputPath.replace(/^\.\//, '').replace(/\.11ty$/, '');
}

function isPage(file: string): boolean {
  return file in MADE || (file.endsWith('.md') && !file.startsWith('..') && existsSync(join(DOCS, file)));
}

function isAsset(file: string): boolean {
  return /^[\w./-]+\.svg$/.test(file) && !file.startsWith('..') && existsSync(join(DOCS, file));
}

/** Links hold in the guide, too; wide tables scroll by themselves. */
function amend(markdown: Markdown): void {
  markdown.use(anchors, { slugify: anchorOf, tabIndex: false, permalink: anchors.permalink.headerLink({ safariReaderFix: true }) });
  const { rules } = markdown.renderer;
  const opened: boolean[] = [];
  rules['link_open'] = (tokens, index, options, env, renderer) => {
    const token = tokens[index] as Token;
    const { href, source } = linkFrom(fileOf(env.page.inputPath), token.attrGet('href') ?? '', isPage, isAsset);
    opened.push(href !== undefined);
    if (href === undefined) return `<span class="source" title="${source ?? ''} in the repository">`;
    token.attrSet('href', href);
    return renderer.renderToken(tokens, index, options);
  };
  rules['link_close'] = () => (opened.pop() === false ? '</span>' : '</a>');
  const image = rules['image'];
  rules['image'] = (tokens, index, options, env, renderer) => {
    const token = tokens[index] as Token;
    token.attrSet('src', linkFrom(fileOf(env.page.inputPath), token.attrGet('src') ?? '', isPage, isAsset).href ?? '');
    return image?.(tokens, index, options, env, renderer) ?? renderer.renderToken(tokens, index, options);
  };
  rules['table_open'] = () => '<div class="wide" tabindex="0" role="region" aria-label="Table"><table>';
  rules['table_close'] = () => '</table></div>';
  // Widths and alignments would be styles in the page.
  for (const cell of ['th_open', 'td_open']) {
    rules[cell] = (tokens, index, options, _env, renderer) => {
      const token = tokens[index] as Token;
      token.attrs = (token.attrs ?? []).filter(([name]) => name !== 'style');
      return renderer.renderToken(tokens, index, options);
    };
  }
}

export default function configure(eleventy: Eleventy): object {
  eleventy.addPlugin(syntaxHighlight);
  eleventy.setUseGitIgnore(false);
  for (const ignored of ['site/**', 'examples/**/node_modules/**', '**/node_modules/**', 'contract/baseline/**']) eleventy.ignores.add(ignored);
  eleventy.amendLibrary('md', amend);
  eleventy.addGlobalData('layout', 'page.njk');
  eleventy.addGlobalData('contents', CONTENTS.map(({ title, pages }) => ({ title, pages: pages.map((page) => ({ ...page, address: addressOf(page.file) })) })));
  eleventy.addGlobalData('eleventyComputed', {
    permalink: ({ page }: PageData) => `${addressOf(fileOf(page.inputPath)).slice(BASE.length)}index.html`,
    title: ({ page }: PageData) => titleOf(fileOf(page.inputPath)),
    place: ({ page }: PageData) => placeOf(fileOf(page.inputPath)),
  });
  for (const [file, make] of Object.entries(MADE)) eleventy.addTemplate(file, make());
  eleventy.addTemplate('README.md', homePage());
  eleventy.addPassthroughCopy({ '*.svg': '/', 'speed/*.svg': '/speed', 'site/assets': 'assets', [searchLibrary()]: 'assets/minisearch.js' });
  eleventy.on('eleventy.after', searchIndex);
  return { markdownTemplateEngine: false, htmlTemplateEngine: false, templateFormats: ['md'], dir: { input: '.', includes: 'site/layouts' } };
}

function titleOf(file: string): string {
  return ORDER.find((page) => page.file === file)?.title ?? (file === 'README.md' ? 'Guide' : file.replace(/^.*\/(\d{4}-)?|\.md$/g, '').replaceAll('-', ' '));
}

/** The page before and the one after. */
function placeOf(file: string): object {
  const at = ORDER.findIndex((page) => page.file === file);
  const near = (page: (typeof ORDER)[number] | undefined) => (page === undefined ? undefined : { title: page.title, address: addressOf(page.file) });
  return { address: addressOf(file), section: ORDER[at]?.section, before: at > 0 ? near(ORDER[at - 1]) : undefined, after: at === -1 ? undefined : near(ORDER[at + 1]) };
}

function homePage(): string {
  const lists = CONTENTS.map(({ title, pages }) => `## ${title}\n\n${pages.map((page) => `- [${page.title}](${page.file})`).join('\n')}`);
  return `# Commerce pair\n\nTwo services that work as one: Commerce Coordinator takes orders and sees them through, Order Fulfillment delivers their lines, and they talk through a REST API and AWS EventBridge without losing or repeating anything when either of them dies.\n\n![The way of one order](way-of-an-order.svg)\n\n${lists.join('\n\n')}\n`;
}

function searchLibrary(): string {
  return join('site', 'node_modules', 'minisearch', 'dist', 'es', 'index.js');
}
