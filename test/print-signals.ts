/**
 * `pnpm signals [--mermaid | --json] [--type OrderCreated]… [--rules]`: the map of signals, to read. Refuses to print a map that
 * would not start. `--rules` reads the CDK app too, and says by which rule and queue a signal comes from outside.
 */
import { parseArgs } from 'node:util';
import { checkLoaded } from '@commerce/commerce-coordinator/catalogue';
import { EXTENSIONS } from '@commerce/commerce-coordinator/extensions';
import { MAP } from '@commerce/commerce-coordinator/signals';
import { MapRefused } from '@commerce/signals/check';
import { meant } from '@commerce/signals/faults';
import { mapAsJson, mapAsMermaid, mapAsText, signalLines } from '@commerce/signals/picture';

const USAGE = 'Say --text, --mermaid or --json; --type and a signal, as often as wanted; --rules for the rules and queues of the CDK app.';
const LOADED = { extensions: EXTENSIONS, map: MAP };

/** What goes to standard output. Throws with the fault of the arguments, and `MapRefused`. */
export async function printed(args: readonly string[]): Promise<string> {
  const { values: { type: types, rules, mermaid, json, text } } = parseArgs({
    args: [...args],
    options: { text: { type: 'boolean' }, mermaid: { type: 'boolean' }, json: { type: 'boolean' }, type: { type: 'string', multiple: true }, rules: { type: 'boolean' } },
  });
  if ([text, mermaid, json].filter(Boolean).length > 1) throw new Error('One form at a time.');
  checkLoaded(LOADED);
  const known = signalLines(LOADED).map(({ signal }) => signal);
  const unknown = types?.find((type) => !known.includes(type));
  if (unknown !== undefined) throw new Error(`There is no signal ${unknown}.${meant(unknown, known)}`);
  const mapped = { ...LOADED, ...(types !== undefined && { types }), ...(rules === true && { ways: await ways() }) };
  if (mermaid === true) return mapAsMermaid(mapped);
  return json === true ? mapAsJson(mapped) : mapAsText(mapped);
}

async function ways() {
  const { ownTemplate, waysIn } = await import('./check-signals.ts');
  return waysIn(ownTemplate(), MAP.foreign);
}

if (import.meta.main) {
  try {
    process.stdout.write(`${await printed(process.argv.slice(2))}\n`);
  } catch (error) {
    const isRefused = error instanceof MapRefused;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${isRefused ? '' : `${USAGE}\n`}`);
    process.exitCode = isRefused ? 1 : 2;
  }
}
