/** `pnpm cost`: measures a run and writes docs/cost.md; with `--from-last-run` the page is made anew from the run before. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from './cost.ts';
import { measure } from './measure.ts';
import { costPage } from './page.ts';

const RUN = join(import.meta.dirname, 'run.json');
const PAGE = join(import.meta.dirname, '../../docs/cost.md');

const [option, ...more] = process.argv.slice(2);
if (more.length > 0 || (option !== undefined && option !== '--from-last-run')) {
  console.error('pnpm cost [--from-last-run]');
  process.exit(2);
}
if (option === undefined) writeFileSync(RUN, `${JSON.stringify(await measure({ orders: 200, everyMs: 100, date: new Date().toISOString().slice(0, 10) }), null, 2)}\n`);
writeFileSync(PAGE, costPage(JSON.parse(readFileSync(RUN, 'utf8')) as Run));
console.log('docs/cost.md is written.');
