/**
 * Whether this process may put its events on the bus, looked at when the service starts. It puts entries with the service's own
 * sources and types and a detail that is no JSON: EventBridge judges who calls, and then refuses each entry, so that no rule and no
 * archive ever sees one and nothing is paid for. (They count in the bus's metric of failed entries.)
 *
 * Promise: what may certainly not be put is an error with the mend; what cannot be known is a warning. It ends within `limitMs`.
 */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { AwsOptions, BusLogger } from './client.aws.ts';
import { AwsUnfit, assertConfigured, clientConfig, errorCode } from './client.aws.ts';

export interface PublishCheck {
  /** Name or ARN. */
  readonly busName: string;
  readonly clientOptions?: AwsOptions;
  /** What this service publishes: a type for each source is enough. */
  readonly publishes: readonly { readonly source: string; readonly type: string }[];
  readonly logger: BusLogger;
  /** Default 5,000. */
  readonly limitMs?: number;
}

/** This process may not publish. */
export class PublishForbidden extends AwsUnfit {
  override readonly name = 'PublishForbidden';
}

const LIMIT_MS = 5_000;
const MAX_ENTRIES = 10;
const NO_JSON = 'a check of permissions';
const DENIED = /^(AccessDenied|NotAuthorized)/;

/** Throws `PublishForbidden`. Says nothing of whether the bus is there: the publisher looks at that. */
export async function checkPublishing({ busName, clientOptions = {}, publishes, logger, limitMs = LIMIT_MS }: PublishCheck): Promise<void> {
  const bySource = [...new Map(publishes.map((one) => [one.source, one])).values()].slice(0, MAX_ENTRIES);
  if (bySource.length === 0) return;
  const client = new EventBridgeClient(clientConfig(clientOptions, { requestTimeoutMs: limitMs, maxSockets: 1 }));
  try {
    await assertConfigured(client);
    const Entries = bySource.map(({ source, type }) => ({ EventBusName: busName, Source: source, DetailType: type, Detail: NO_JSON }));
    const answer = await client.send(new PutEventsCommand({ Entries }), { abortSignal: AbortSignal.timeout(limitMs) });
    const refused = bySource.filter((_, index) => DENIED.test(answer.Entries?.[index]?.ErrorCode ?? ''));
    if (refused.length > 0) throw forbidden(busName, refused.map(({ source }) => source), 'the bus');
  } catch (error) {
    if (error instanceof AwsUnfit) throw error;
    const code = errorCode(error);
    if (DENIED.test(code)) throw forbidden(busName, bySource.map(({ source }) => source), code);
    logger.warn({ code, reason: `whether events may be put on the bus "${busName}" could not be looked at` }, 'the permission to publish could not be checked');
  } finally {
    client.destroy();
  }
}

function forbidden(busName: string, sources: readonly string[], by: string): PublishForbidden {
  return new PublishForbidden(
    `This process may not put events on the bus "${busName}" as ${sources.join(', ')} (refused by ${by}). Grant events:PutEvents on it for these sources and their types, or give it the role that the stack of the bus makes for publishers.`,
  );
}
