/**
 * Whether this process may put its events on the bus, looked at when the service starts. It puts entries with the service's own
 * sources and types, ten to a call, and a detail that is no JSON: EventBridge judges who calls, and then refuses each entry, so that no rule and no
 * archive ever sees one and nothing is paid for. (They count in the bus's metric of failed entries.)
 *
 * Promise: what may certainly not be put is an error with the mend; what cannot be known is a warning. It ends within `limitMs`.
 */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { inTens } from './by-tens.ts';
import type { AwsOptions, BusLogger } from './client.aws.ts';
import { AwsUnfit, assertConfigured, clientConfig, errorCode } from './client.aws.ts';

interface Pair {
  readonly source: string;
  readonly type: string;
}

interface Refused extends Pair {
  readonly by: string;
}

export interface PublishCheck {
  /** Name or ARN. */
  readonly busName: string;
  readonly clientOptions?: AwsOptions;
  /** All that this service publishes: a role may be granted some types and not others. */
  readonly publishes: readonly Pair[];
  readonly logger: BusLogger;
  /** For all calls together. Default 5,000. */
  readonly limitMs?: number;
}

/** This process may not publish. */
export class PublishForbidden extends AwsUnfit {
  override readonly name = 'PublishForbidden';
}

const LIMIT_MS = 5_000;
const NO_JSON = 'a check of permissions';
const DENIED = /^(AccessDenied|NotAuthorized)/;

/** Throws `PublishForbidden`. Says nothing of whether the bus is there: the publisher looks at that. */
export async function checkPublishing({ busName, clientOptions = {}, publishes, logger, limitMs = LIMIT_MS }: PublishCheck): Promise<void> {
  const pairs = [...new Map(publishes.map((pair) => [`${pair.source} ${pair.type}`, pair])).values()];
  if (pairs.length === 0) return;
  const client = new EventBridgeClient(clientConfig(clientOptions, { requestTimeoutMs: limitMs, maxSockets: 1 }));
  const abortSignal = AbortSignal.timeout(limitMs);
  const refused: Refused[] = [];
  try {
    await assertConfigured(client);
    for (const some of inTens(pairs)) refused.push(...await ask({ client, busName, abortSignal }, some));
  } catch (error) {
    if (error instanceof AwsUnfit) throw error;
    logger.warn({ code: errorCode(error), reason: `whether events may be put on the bus "${busName}" could not be looked at` }, 'the permission to publish could not be checked');
  } finally {
    client.destroy();
  }
  if (refused.length > 0) throw forbidden(busName, refused);
}

interface Asking {
  readonly client: EventBridgeClient;
  readonly busName: string;
  readonly abortSignal: AbortSignal;
}

/** Which of ten pairs may not be put. IAM refuses a call as a whole, so that any of the ten may be the reason. */
async function ask({ client, busName, abortSignal }: Asking, pairs: readonly Pair[]): Promise<Refused[]> {
  const Entries = pairs.map(({ source, type }) => ({ EventBusName: busName, Source: source, DetailType: type, Detail: NO_JSON }));
  try {
    const answer = await client.send(new PutEventsCommand({ Entries }), { abortSignal });
    return pairs.filter((_, index) => DENIED.test(answer.Entries?.[index]?.ErrorCode ?? '')).map((pair) => ({ ...pair, by: 'the bus' }));
  } catch (error) {
    const by = errorCode(error);
    if (!DENIED.test(by)) throw error;
    return pairs.map((pair) => ({ ...pair, by }));
  }
}

function forbidden(busName: string, refused: readonly Refused[]): PublishForbidden {
  const bySource = Map.groupBy(refused, ({ source }) => source);
  const named = [...bySource].map(([source, pairs]) => `${source} (${pairs.map(({ type }) => type).join(', ')})`).join(', ');
  const by = [...new Set(refused.map((one) => one.by))].join(', ');
  return new PublishForbidden(
    `This process may not put events on the bus "${busName}" as ${named} (refused by ${by}). Grant events:PutEvents on it for these sources and their types, or give it the role that the stack of the bus makes for publishers.`,
  );
}
