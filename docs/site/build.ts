/** `node docs/site/build.ts`: makes the guide anew. Ends with 1 and says why when a page cannot be made. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Eleventy from '@11ty/eleventy';

const DOCS = join(import.meta.dirname, '..');

process.chdir(DOCS);
rmSync(join(DOCS, 'site/dist'), { recursive: true, force: true });
const eleventy = new Eleventy('.', 'site/dist', { configPath: 'site/eleventy.config.ts', quietMode: true });
await eleventy.write();
