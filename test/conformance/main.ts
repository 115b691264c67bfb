/** `pnpm conformance`: what was given on the command line → the suites → the table, the JSON, the exit code. */
import { writeFileSync } from 'node:fs';
import { readArguments, USAGE, WrongUsage } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { CC_PROMISES } from './cc/promises.ts';
import { isCcId } from './cc/suite.ts';
import { judge } from './judge.ts';
import { isOfId, OF_PROMISES } from './of/suite.ts';
import { CannotJudge } from './of/inputs.ts';
import { listLines, reportJson, reportLines } from './report.ts';
import type { Result } from './runner.ts';

const [KEPT, BROKEN, WRONG] = [0, 1, 2];

async function run(given: Arguments): Promise<number> {
  const startedAt = new Date().toISOString();
  const asked = new AbortController();
  const stop = (): void => asked.abort(new Error('asked to stop'));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const reports = await judge(given, asked.signal, (text) => console.error(text));
  for (const report of reports) console.log(`${reportLines(report).join('\n')}\n`);
  if (given.texts.json !== undefined) writeFileSync(given.texts.json, reportJson(reports, { startedAt, endedAt: new Date().toISOString() }));
  const results = reports.flatMap((report) => report.results);
  const isBad = ({ verdict }: Result): boolean => verdict === 'broken' || (given.ownStack && verdict === 'skipped');
  return results.some(isBad) ? BROKEN : KEPT;
}

function list(): void {
  for (const line of [...listLines('Order Fulfillment', OF_PROMISES), ...listLines('Commerce Coordinator', CC_PROMISES)]) console.log(line);
}

try {
  const given = readArguments(process.argv.slice(2));
  const unknown = given.only?.find((wanted) => !isOfId(wanted) && !isCcId(wanted));
  if (unknown !== undefined) throw new WrongUsage(`--only names ${unknown}, and no promise or area is called so. --list shows them.`);
  if (given.help) console.log(USAGE);
  else if (given.list) list();
  else process.exitCode = await run(given);
} catch (error) {
  if (!(error instanceof WrongUsage || error instanceof CannotJudge)) console.error(error);
  else console.error(`${error.message}${error instanceof WrongUsage ? '\n--help says what can be given.' : ''}`);
  process.exitCode = WRONG;
}
