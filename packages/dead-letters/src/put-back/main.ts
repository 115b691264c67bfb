/**
 * `node packages/dead-letters/src/put-back/main.ts --queue <url> --bus <name or ARN> --region <of the bus> [--rate 50]`: puts the events
 * of a bus's own dead-letter queue on a bus again. Region of the queue and credentials come from the environment, as everywhere in the
 * SDK. Ends with 1 when anything stays in the queue. The bus must be there: EventBridge takes events for one that is not, and they are gone.
 */
import { parseArgs } from 'node:util';
import { DescribeEventBusCommand, EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { OperatedQueue } from '@commerce/bus/operated-queue';
import { systemSleep as sleep } from '@commerce/service-kit/ports';
import { Pace } from '../pace.ts';
import { putBack } from './put-back.ts';

const CALL_MS = 10_000;
const { values: { queue: queueUrl, bus, region, rate } } = parseArgs({ options: { queue: { type: 'string' }, bus: { type: 'string' }, region: { type: 'string' }, rate: { type: 'string', default: '50' } } });
const perSecond = Number(rate);
if (queueUrl === undefined || bus === undefined || region === undefined || !(perSecond >= 1)) {
  process.stderr.write('Wanted: --queue <url> --bus <name or ARN> --region <of the bus> [--rate 50]\n');
  process.exit(2);
}

const asked = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => asked.abort(new Error(`Ended by ${name}.`)));
const { signal } = asked;
const limit = (): { abortSignal: AbortSignal } => ({ abortSignal: AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]) });
const events = new EventBridgeClient({ region, requestHandler: { requestTimeout: CALL_MS, connectionTimeout: CALL_MS } });
const queue = new OperatedQueue({ queueUrl });
try {
  await events.send(new DescribeEventBusCommand({ Name: bus }), limit());
  const { put, refused, left } = await putBack({
    queue, sleep, signal, pace: new Pace(perSecond, { monotonicMs: () => performance.now(), sleep }), tell: (line) => void process.stdout.write(`${line}\n`),
    put: async ({ source, detailType, detail, time, resources }) => {
      const entry = { EventBusName: bus, Source: source, DetailType: detailType, Detail: detail, Time: time, Resources: [...resources] };
      const [result] = (await events.send(new PutEventsCommand({ Entries: [entry] }), limit())).Entries ?? [];
      return result?.EventId === undefined ? `${result?.ErrorCode ?? 'unknown'}: ${result?.ErrorMessage ?? ''}` : undefined;
    },
  });
  process.stdout.write(`${put} put back, ${refused} refused, ${left} more in the queue\n`);
  process.exitCode = refused + left > 0 ? 1 : 0;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`);
  process.exitCode = 1;
} finally {
  queue.close();
  events.destroy();
}
