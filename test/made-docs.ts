/**
 * The parts of the documentation that are made from the code: `.env.example`, the tables of `docs/errors.md`, the alerting rules, the files in
 * `docs/write-an-extension.md`, `docs/cli.md`, who hears what at Order Fulfillment, and the contract as files in `docs/contract`. `npx --yes pnpm@12.21.0 write-docs` writes them anew;
 * tests hold them equal to the code.
 * With `--accept-contract` the contract becomes the baseline that later changes must not break.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { referencePage } from '@commerce/cli/reference';
import { CONFIG as COORDINATOR } from '@commerce/commerce-coordinator/config';
import { problems as coordinatorProblems } from '@commerce/commerce-coordinator/problems';
import { alarmRules } from '@commerce/infra/alarm-rules';
import { stackDeclaration } from '@commerce/local-stack/stack-config';
import { CONFIG as FULFILLMENT } from '@commerce/order-fulfillment/config';
import { problems as fulfillmentProblems } from '@commerce/order-fulfillment/problems';
import type { ConfigDeclaration, Variables } from '@commerce/service-kit/config';
import { describeConfig } from '@commerce/service-kit/env-example';
import { baseProblems } from '@commerce/service-kit/problems';
import type { ProblemCatalogue, ProblemDefinition } from '@commerce/service-kit/problems';
import { GUIDE, guidePage } from './extensions/guide.ts';
import { FULFILLING_READERS, fulfillingReaders } from './fulfilling-readers.ts';

const ROOT = resolve(import.meta.dirname, '..');
/** The rules of Prometheus. */
export const ALARM_RULES = 'docs/alerts/commerce.yml';
/** The reference of the command line. */
const CLI_PAGE = 'docs/cli.md';
export const WRITE_COMMAND = 'npx --yes pnpm@12.21.0 write-docs';

const HEAD = `# Every variable that a program of this project reads, with what it means when it is left out.
# Made by \`${WRITE_COMMAND}\`: change the declarations, not this file.
#
# Nothing reads this file. Set a variable in the environment of the command, for example
#   DATA_DIR=/tmp/pair CC_PORT=0 npx --yes pnpm@12.21.0 dev
# \`pnpm dev\` and \`pnpm demo\` read what stands under "The local stack" (\`pnpm demo\` only LMS_FAULTS and PAYMENTS_FAULTS). They hand their environment
# on to both services, with addresses, names and secrets of their own over it: LOG_LEVEL=debug reaches both.
# The two other sections are for a service that is started by itself: \`node src/main.ts\` in its folder. It has its own DATABASE_URL.
`;

/** One section per program: a variable that several of them read stands in each, for it may mean another thing there. */
export function envExample(): string {
  const declarations: readonly ConfigDeclaration<Variables>[] = [stackDeclaration, COORDINATOR, FULFILLMENT];
  return `${HEAD}\n\n${declarations.map((declaration) => describeConfig([declaration])).join('\n\n')}`;
}

/** Section of `docs/errors.md` → its problems. */
export const CATALOGUES: Readonly<Record<string, ProblemCatalogue>> = {
  'both services': baseProblems,
  'commerce-coordinator': coordinatorProblems,
  'order-fulfillment': fulfillmentProblems,
};

/** The page with each table between its marks made anew; what stands around them is kept. Throws when a mark is missing. */
export function errorsPage(present: string): string {
  return Object.entries(CATALOGUES).reduce((page, [name, catalogue]) => {
    const begin = `<!-- made from the code: ${name} -->`;
    const [before, after] = page.split(begin);
    const end = after?.indexOf('<!-- end -->') ?? -1;
    if (before === undefined || after === undefined || end === -1) throw new Error(`docs/errors.md has lost its mark "${begin}" or the end of it.`);
    return `${before}${begin}\n${table(Object.values(catalogue))}\n${after.slice(end)}`;
  }, present);
}

function table(problems: readonly ProblemDefinition[]): string {
  const rows = problems.map(({ code, status, title, help, retryable }) => `| \`${code}\` | ${status} | ${cell(title)} | ${cell(help)} | ${retryable ? 'yes' : 'no'} |`);
  return ['| code | status | what it means | what to do | may succeed later |', '|---|---|---|---|---|', ...rows].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('|', '\\|');
}

export function readDocument(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

if (import.meta.main) {
  writeFileSync(join(ROOT, '.env.example'), envExample());
  writeFileSync(join(ROOT, 'docs/errors.md'), errorsPage(readDocument('docs/errors.md')));
  writeFileSync(join(ROOT, ALARM_RULES), alarmRules());
  writeFileSync(join(ROOT, CLI_PAGE), referencePage());
  writeFileSync(join(ROOT, FULFILLING_READERS), fulfillingReaders());
  writeFileSync(join(ROOT, GUIDE), guidePage(readDocument(GUIDE)));
  // Loaded only here: it starts both services, and whoever reads the tables needs neither.
  const { writeContractFiles } = await import('./contract/write.ts');
  await writeContractFiles({ accept: process.argv.includes('--accept-contract') });
}
