/** `node docs/site/build.ts [folder]`: makes the guide anew, in `dist` when no folder is named. Ends with 1 and says why when a page cannot be made. */
import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import Eleventy from '@11ty/eleventy';

const DOCS = join(import.meta.dirname, '..');
const given = process.argv[2];
const output = given === undefined ? 'site/dist' : relative(DOCS, given);

process.chdir(DOCS);
rmSync(output, { recursive: true, force: true });
const eleventy = new Eleventy('.', output, { configPath: 'site/eleventy.config.ts', quietMode: true });
await eleventy.write();
