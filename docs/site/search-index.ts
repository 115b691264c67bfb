/** What the search of the guide looks through: each section of each page, as text, in one file that the browser fetches when somebody searches. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SearchEntry {
  readonly id: number;
  readonly address: string;
  readonly page: string;
  readonly heading: string;
  readonly text: string;
}

const HEADING = /<h([1-4])[^>]*?(?: id="([^"]*)")?[^>]*>(.*?)<\/h\1>/gs;

export function searchIndex({ results, directories }: { readonly results: readonly { url: string; content: string }[]; readonly directories: { readonly output: string } }): void {
  const entries = results.flatMap(({ url, content }) => sectionsOf(`/docs/guide${url}`, content)).map((entry, id) => ({ id, ...entry }));
  writeFileSync(join(directories.output, 'assets/search.json'), JSON.stringify(entries));
}

/** The sections of a page as it was made. Pure. */
export function sectionsOf(address: string, html: string): Omit<SearchEntry, 'id'>[] {
  const main = /<article[^>]*>([\s\S]*)<\/article>/.exec(html)?.[1] ?? '';
  const heads = [...main.matchAll(HEADING)];
  const page = textOf(heads[0]?.[3] ?? '');
  return heads.map((head, index) => {
    const end = heads[index + 1]?.index ?? main.length;
    const anchor = head[2] === undefined || head[1] === '1' ? '' : `#${head[2]}`;
    return { address: `${address}${anchor}`, page, heading: textOf(head[3] ?? ''), text: textOf(main.slice(head.index + head[0].length, end)) };
  });
}

function textOf(html: string): string {
  return html.replaceAll(/<[^>]+>/g, ' ').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&').replaceAll(/\s+/g, ' ').trim();
}
