/**
 * The local AWS as a process of its own:
 * `node main.ts [--port 4566] [--region us-east-1] [--account 000000000000] --template OrderFulfillmentStack.template.json ...`
 *
 * A template is set up as the stack its file is named after. When ready it prints one line of JSON, `{"url", "outputs"}`;
 * warnings go to standard error, one JSON line each. Ends on SIGTERM or SIGINT, and when a parent that started it with an
 * IPC channel goes away. Exit code 1 if it could not start.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { startLocalAws, type StackTemplate } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4566' },
    region: { type: 'string', default: 'us-east-1' },
    account: { type: 'string', default: '000000000000' },
    template: { type: 'string', multiple: true, default: [] },
  },
});

const localAws = await startLocalAws({
  port: Number(values.port),
  region: values.region,
  accountId: values.account,
  templates: values.template.map(readTemplate),
  surroundings: { log: { warn: (message, details) => process.stderr.write(`${JSON.stringify({ level: 'warn', message, ...details })}\n`) } },
});

let ending = false;
const end = (): void => {
  if (ending) return;
  ending = true;
  void localAws.close().then(() => {
    if (process.connected) process.disconnect();
  });
};
process.on('SIGTERM', end);
process.on('SIGINT', end);
process.on('disconnect', end);
process.stdout.write(`${JSON.stringify({ url: localAws.url, outputs: localAws.outputs })}\n`);

function readTemplate(path: string): StackTemplate {
  return { stackName: basename(path).replace(/(\.template)?\.json$/, ''), template: JSON.parse(readFileSync(path, 'utf8')) as StackTemplate['template'] };
}
