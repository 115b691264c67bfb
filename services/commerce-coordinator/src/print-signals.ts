/** `pnpm signals [--mermaid | --json]`: the map of signals, to read. Refuses to print a map that would not start. */
import { MapRefused } from '@commerce/signals/check';
import { mapAsJson, mapAsMermaid, mapAsText } from '@commerce/signals/picture';
import { EXTENSIONS } from '../extensions.config.ts';
import { MAP } from '../signals.config.ts';
import { checkLoaded } from './catalogue.ts';

const FORMS: Readonly<Record<string, typeof mapAsText>> = { '--text': mapAsText, '--mermaid': mapAsMermaid, '--json': mapAsJson };
const [wanted = '--text', ...more] = process.argv.slice(2);
const form = FORMS[wanted];
const loaded = { extensions: EXTENSIONS, map: MAP };

if (form === undefined || more.length > 0) {
  process.stderr.write('Say --text, --mermaid or --json.\n');
  process.exitCode = 2;
} else {
  try {
    checkLoaded(loaded);
    process.stdout.write(`${form(loaded)}\n`);
  } catch (error) {
    if (!(error instanceof MapRefused)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
