/** What documents say of the command line: every command in them exists and can be read, the reference is made of the code, and the routes that it names are in the contract. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { faultOfLine } from '@commerce/cli/read-line';
import { referencePage } from '@commerce/cli/reference';
import { expect, test } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '..');
const readDocument = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const FOREIGN = new Set(['node_modules', '.git', '.data', 'cdk.out', 'coverage', 'dist']);

function pagesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return FOREIGN.has(entry.name) ? [] : pagesBelow(path);
    return entry.name.endsWith('.md') ? [relative(ROOT, path)] : [];
  });
}

/** Lines that are commands of the tool, as they stand in a page: in a block, or as code in a sentence. */
function commandsIn(page: string): string[] {
  const parts = page.split(/^ *```/m);
  const inBlocks = parts.filter((_, index) => index % 2 === 1).flatMap((block) => block.replaceAll(/\\\n\s*/g, ' ').split('\n').map((line) => line.trim()));
  const inSentences = parts.filter((_, index) => index % 2 === 0).flatMap((text) => [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code));
  return [...inBlocks, ...inSentences].flatMap((line) => {
    const [, command] = /^(?:\$ )?(?:(?:npx --yes pnpm@[\d.]+|pnpm) )?(?:cli|node packages\/cli\/src\/main\.ts) (.+)$/.exec(line) ?? [];
    // A word in a sentence, or a place for one of several.
    return command === undefined || /^[A-Z…<]/.test(command) ? [] : [command.replaceAll(/\s\[[a-z .]+\](?=\s|$)/g, '').replaceAll(/<[^>]*>/g, 'something').replaceAll('…', 'something')];
  });
}

test('every command that a page shows exists, with its options and arguments', async () => {
  const shown = pagesBelow(ROOT).flatMap((path) => commandsIn(readDocument(path)).map((line) => ({ path, line })));
  expect(shown.length).toBeGreaterThan(100);
  expect(new Set(shown.map(({ path }) => path)).size).toBeGreaterThan(5);
  const faults = await Promise.all(shown.map(async ({ path, line }) => ({ path, line, fault: await faultOfLine(line) })));
  // A sentence may name a command without what it needs.
  expect(faults.filter(({ fault }) => fault !== undefined && !/missing required argument|required option/.test(fault))).toEqual([]);
});

test('the reference is made of the code', () => {
  if (readDocument('docs/cli.md') !== referencePage()) throw new Error('docs/cli.md differs from the code: run npx --yes pnpm@12.21.0 write-docs');
});

test('every route that the reference names is in the contract', () => {
  const routes = ['commerce-coordinator', 'order-fulfillment'].flatMap((service) => {
    const { paths } = JSON.parse(readDocument(`docs/contract/${service}.openapi.json`)) as { paths: Record<string, Record<string, unknown>> };
    return Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  });
  const named = [...referencePage().matchAll(/\b(GET|POST|PATCH|DELETE|PUT) (\/[^\s`;,)]*)/g)].map(([, method, path]) => `${method} ${path}`);
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((route) => !routes.includes(route))).toEqual([]);
});
