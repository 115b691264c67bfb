/**
 * Replays of an archive of another service's bus, for the rule that fills our queue and for no other subscriber of that bus.
 *
 * Promise: each call is made once and ends within `timeoutMs`. What a replay may be called, which archive is replayed and to which
 * rule is decided here, so that nobody asks for more: names begin with the bus, as the roles that may replay demand.
 */
import { CancelReplayCommand, DescribeReplayCommand, EventBridgeClient, ListReplaysCommand, StartReplayCommand } from '@aws-sdk/client-eventbridge';
import type { DescribeReplayResponse } from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { AwsOptions } from './client.aws.ts';
import { callSignal, clientConfig, errorCode } from './client.aws.ts';
import { rulePlaceOf, SUBSCRIPTION_ATTRIBUTES, subscriptionOf } from './subscription.ts';
import type { RulePlace } from './subscription.ts';

export interface ArchiveReplaysOptions {
  /** The queue whose policy names the rule. */
  readonly queueUrl: string;
  /** Name of the archive on the bus of that rule. */
  readonly archive: string;
  /** A role of the owner of the bus that may replay; without it this process's own rights count. */
  readonly roleArn?: string | undefined;
  readonly clientOptions?: AwsOptions;
  /** For each call. Default 5,000. */
  readonly timeoutMs?: number;
}

export type ReplayState = 'STARTING' | 'RUNNING' | 'CANCELLING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';

/** A replay as EventBridge tells of it. */
export interface ArchiveReplay {
  readonly name: string;
  readonly state: ReplayState;
  /** Why it is in this state, where EventBridge says. */
  readonly reason: string | null;
  readonly from: Date;
  readonly to: Date;
  /** Time of the last event that was sent. */
  readonly lastEventAt: Date | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

export interface NewReplay {
  readonly name: string;
  readonly from: Date;
  readonly to: Date;
  readonly description: string;
}

export type ReplayFault = 'name_taken' | 'unknown' | 'ended' | 'too_many' | 'unavailable';

/** What was asked for cannot be done; `message` is for people and names what to mend where something is to be mended. */
export class ReplayRefused extends Error {
  override readonly name = 'ReplayRefused';
  readonly fault: ReplayFault;
  constructor(fault: ReplayFault, message: string, cause?: unknown) {
    super(message, { cause });
    this.fault = fault;
  }
}

export interface ArchiveReplays {
  /** The whole name of a replay that people call `name`: it begins with the bus. */
  fullName(name: string): Promise<string>;
  start(replay: NewReplay): Promise<void>;
  read(name: string): Promise<ArchiveReplay>;
  /** Stops it; what was sent already is under way. */
  stop(name: string): Promise<void>;
  /** A page of the replays of this archive. */
  list(page: { readonly token?: string | undefined; readonly limit: number }): Promise<{ readonly items: readonly ArchiveReplay[]; readonly token: string | undefined }>;
  close(): void;
}

type AwsCredentialIdentityProvider = ReturnType<typeof import('@aws-sdk/credential-providers')['fromTemporaryCredentials']>;

const TIMEOUT_MS = 5_000;
const SESSION = 'archive-replays';

export function createArchiveReplays({ queueUrl, archive, roleArn, clientOptions = {}, timeoutMs = TIMEOUT_MS }: ArchiveReplaysOptions): ArchiveReplays {
  const config = clientConfig(clientOptions, { requestTimeoutMs: timeoutMs, maxSockets: 4 });
  const sqs = new SQSClient({ ...config, useQueueUrlAsEndpoint: false });
  const events = new EventBridgeClient({ ...config, ...(roleArn !== undefined && { credentials: credentialsOf(roleArn) }) });
  let known: Promise<RulePlace> | undefined;

  /** The rule is looked up once; a look that failed is repeated. */
  function place(): Promise<RulePlace> {
    known ??= findRule(sqs, queueUrl, timeoutMs).catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  }

  async function call<Answer>(what: (at: RulePlace, options: { abortSignal: AbortSignal }) => Promise<Answer>): Promise<Answer> {
    const at = await place();
    try {
      return await what(at, { abortSignal: callSignal(2 * timeoutMs, NEVER) });
    } catch (error) {
      throw refusalOf(error);
    }
  }

  const archiveArn = ({ prefix }: RulePlace): string => `${prefix}archive/${archive}`;
  return {
    fullName: async (name) => `${(await place()).bus}-${name}`,
    async start({ name, from, to, description }) {
      await call((at, options) => events.send(new StartReplayCommand({
        ReplayName: name, Description: description, EventSourceArn: archiveArn(at), EventStartTime: from, EventEndTime: to,
        Destination: { Arn: at.busArn, FilterArns: [at.ruleArn] },
      }), options));
    },
    read: (name) => call(async (at, options) => {
      const found = await events.send(new DescribeReplayCommand({ ReplayName: name }), options);
      // Other archives of the account have replays too, and their names are not ours to tell.
      if (found.EventSourceArn !== archiveArn(at)) throw unknown();
      return replayOf(found);
    }),
    async stop(name) {
      await call((_, options) => events.send(new CancelReplayCommand({ ReplayName: name }), options));
    },
    list: ({ token, limit }) => call(async (at, options) => {
      // AWS gives at most 100 at once.
      const page = { EventSourceArn: archiveArn(at), Limit: Math.min(limit, 100), ...(token !== undefined && { NextToken: token }) };
      const { Replays = [], NextToken } = await events.send(new ListReplaysCommand(page), options);
      return { items: Replays.map(replayOf), token: NextToken };
    }),
    close() {
      sqs.destroy();
      events.destroy();
    },
  };
}

const NEVER = new AbortController().signal;

/** Those of a role, renewed by the SDK before they end. What gets them is loaded with the first call. */
function credentialsOf(roleArn: string): AwsCredentialIdentityProvider {
  let provider: Promise<AwsCredentialIdentityProvider> | undefined;
  return async () => {
    provider ??= import('@aws-sdk/credential-providers').then(({ fromTemporaryCredentials }) => fromTemporaryCredentials({ params: { RoleArn: roleArn, RoleSessionName: SESSION } }));
    return (await provider)();
  };
}

async function findRule(sqs: SQSClient, queueUrl: string, timeoutMs: number): Promise<RulePlace> {
  let attributes: Record<string, string> | undefined;
  try {
    ({ Attributes: attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...SUBSCRIPTION_ATTRIBUTES] }), { abortSignal: callSignal(2 * timeoutMs, NEVER) },
    ));
  } catch (error) {
    throw new ReplayRefused('unavailable', `The queue that a replay would fill cannot be looked at (${errorCode(error)}).`, error);
  }
  const places = subscriptionOf(attributes ?? {}).ruleArns.flatMap((arn) => rulePlaceOf(arn) ?? []);
  const [only] = places;
  if (only === undefined || places.length > 1) throw new ReplayRefused('unavailable', `The policy of the queue names ${places.length} rules, and a replay is for one: deploy the stack that owns the queue.`);
  return only;
}

function replayOf(found: DescribeReplayResponse): ArchiveReplay {
  const { ReplayName = '', State = 'STARTING', StateReason, EventStartTime, EventEndTime, EventLastReplayedTime, ReplayStartTime, ReplayEndTime } = found;
  return {
    name: ReplayName, state: State, reason: StateReason ?? null, from: EventStartTime ?? new Date(0), to: EventEndTime ?? new Date(0),
    lastEventAt: EventLastReplayedTime ?? null, startedAt: ReplayStartTime ?? null, endedAt: ReplayEndTime ?? null,
  };
}

function unknown(cause?: unknown): ReplayRefused {
  return new ReplayRefused('unknown', 'There is no such replay.', cause);
}

function refusalOf(error: unknown): unknown {
  if (error instanceof ReplayRefused) return error;
  const code = errorCode(error);
  switch (code) {
    case 'ResourceAlreadyExistsException': return new ReplayRefused('name_taken', 'A replay has this name.', error);
    case 'ResourceNotFoundException': return unknown(error);
    case 'IllegalStatusException': return new ReplayRefused('ended', 'The replay has ended, or is being stopped.', error);
    case 'LimitExceededException': return new ReplayRefused('too_many', 'EventBridge runs as many replays as it allows.', error);
    case 'AccessDenied':
    case 'AccessDeniedException':
      return new ReplayRefused('unavailable', `This service may not replay (${code}): the owner of the bus grants it by the role that REPLAY_ROLE_ARN names.`, error);
    default: return new ReplayRefused('unavailable', `EventBridge did not do it (${code}).`, error);
  }
}
