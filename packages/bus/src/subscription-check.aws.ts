/**
 * Whether events can come at all, looked at when the service starts: queue → its policy → rule → target → dead letters, and the
 * permissions of this process. Nothing is received, sent or changed by it.
 *
 * Promise: what is certainly lacking is told in one error, each with its mend; what cannot be known (no permission to look, AWS
 * cannot be reached) is a warning, and no reason to refuse the start. It ends within `limitMs`.
 */
import { DescribeRuleCommand, EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import type { Target } from '@aws-sdk/client-eventbridge';
import { ChangeMessageVisibilityCommand, DeleteMessageCommand, GetQueueAttributesCommand, GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { compilePattern } from '@commerce/events/pattern';
import type { AwsOptions, BusLogger } from './client.aws.ts';
import { AwsUnfit, assertConfigured, clientConfig, errorCode } from './client.aws.ts';
import { queueNameOf, rulePlaceOf, SUBSCRIPTION_ATTRIBUTES, subscriptionOf } from './subscription.ts';
import type { RulePlace, Subscription } from './subscription.ts';

export interface SubscriptionCheck {
  readonly queueUrl: string;
  readonly clientOptions?: AwsOptions;
  /** Events that must come through, one of each kind, as their source makes them. */
  readonly samples: readonly SampleEvent[];
  /** The stack that makes queue and rule, for the mend. */
  readonly stack: string;
  readonly logger: BusLogger;
  /** For all of it. Default 5,000. */
  readonly limitMs?: number;
}

export interface SampleEvent {
  readonly source: string;
  readonly type: string;
  /** `detail` of the delivered event. */
  readonly detail: object;
}

/** Something is lacking; the message says what, and the mend of each. */
export class SubscriptionUnfit extends AwsUnfit {
  override readonly name = 'SubscriptionUnfit';
}

const LIMIT_MS = 5_000;
const DENIED = new Set(['AccessDenied', 'AccessDeniedException', 'AuthorizationError']);
const NO_QUEUE = new Set(['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue', 'NonExistentQueue']);
/** No receipt handle that SQS has ever given, and one more than it gives at once: calls with these are refused, whoever makes them. */
const NO_HANDLE = 'none';
const TOO_MANY = 11;

/** Throws `SubscriptionUnfit` for a definite lack. */
export async function checkSubscription(options: SubscriptionCheck): Promise<void> {
  const check = new Check(options);
  try {
    await check.run();
  } finally {
    check.close();
  }
}

class Check {
  readonly #options: SubscriptionCheck;
  readonly #sqs: SQSClient;
  readonly #events: EventBridgeClient;
  readonly #signal: AbortSignal;
  readonly #lacks: string[] = [];
  readonly #queue: string;

  constructor(options: SubscriptionCheck) {
    const { clientOptions = {}, limitMs = LIMIT_MS, queueUrl } = options;
    const config = clientConfig(clientOptions, { requestTimeoutMs: limitMs, maxSockets: 6 });
    this.#options = options;
    this.#sqs = new SQSClient({ ...config, useQueueUrlAsEndpoint: false });
    this.#events = new EventBridgeClient(config);
    this.#signal = AbortSignal.timeout(limitMs);
    this.#queue = queueNameOf(queueUrl.replaceAll('/', ':'));
  }

  async run(): Promise<void> {
    await assertConfigured(this.#sqs);
    const [subscription] = await Promise.all([this.#look(), this.#mayConsume()]);
    if (subscription !== undefined) await this.#follow(subscription);
    if (this.#lacks.length > 0) throw new SubscriptionUnfit(`The events of others cannot come as they must:\n${this.#lacks.map((lack) => `- ${lack}`).join('\n')}`);
  }

  close(): void {
    this.#sqs.destroy();
    this.#events.destroy();
  }

  async #look(): Promise<Subscription | undefined> {
    const found = await this.#ask(
      () => this.#sqs.send(new GetQueueAttributesCommand({ QueueUrl: this.#options.queueUrl, AttributeNames: [...SUBSCRIPTION_ATTRIBUTES] }), { abortSignal: this.#signal }),
      `the queue "${this.#queue}"`, 'sqs:GetQueueAttributes', NO_QUEUE,
    );
    return found === undefined ? undefined : subscriptionOf(found.Attributes ?? {});
  }

  async #follow(subscription: Subscription): Promise<void> {
    const { takesEvents, ruleArns, deadLetterArn } = subscription;
    const { stack } = this.#options;
    if (deadLetterArn === undefined) this.#lacks.push(`The queue "${this.#queue}" has no dead-letter queue. Give it a redrive policy, or deploy ${stack}.`);
    if (!takesEvents) this.#lacks.push(`The policy of the queue "${this.#queue}" lets EventBridge send nothing, so that every event for it is lost. Deploy ${stack}.`);
    const places = ruleArns.flatMap((arn) => rulePlaceOf(arn) ?? []);
    if (takesEvents && places.length === 0) this.#unknown(`the policy of the queue "${this.#queue}" names no single rule; whether one fills it is not known`);
    await Promise.all([
      ...(deadLetterArn === undefined ? [] : [this.#deadLetters(deadLetterArn, `messages of "${this.#queue}" that are not accepted`)]),
      this.#rules(places, subscription),
    ]);
  }

  /** Every kind of event must pass one of the rules; a rule that is missing, off or aimed elsewhere lets nothing pass. */
  async #rules(places: readonly RulePlace[], { queueArn }: Subscription): Promise<void> {
    const seen = await Promise.all(places.map((place) => this.#rule(place, queueArn)));
    if (seen.length === 0 || seen.includes(undefined)) return;
    const patterns = seen.flatMap((one) => one ?? []);
    const stopped = this.#options.samples.filter(({ source, type, detail }) => !patterns.some((pattern) => pattern.matches({ source, 'detail-type': type, detail })));
    if (stopped.length === 0 || this.#lacks.length > 0) return;
    this.#lacks.push(`The rule "${places.map(({ rule }) => rule).join('", "')}" does not let through ${stopped.map(({ type }) => type).join(', ')} of this client. Deploy ${this.#options.stack}, and see that OF_CLIENT_ID is the client of the rule.`);
  }

  /** What the rule lets through; undefined where that cannot be known or a lack has been told. */
  async #rule(place: RulePlace, queueArn: string | undefined): Promise<ReturnType<typeof compilePattern> | undefined> {
    const { rule, busArn } = place;
    const what = `the rule "${rule}" on ${busArn}`;
    const none = new Set(['ResourceNotFoundException']);
    const abortSignal = this.#signal;
    const [described, aimed] = await Promise.all([
      this.#ask(() => this.#events.send(new DescribeRuleCommand({ Name: rule, EventBusName: busArn }), { abortSignal }), what, 'events:DescribeRule', none),
      this.#ask(() => this.#events.send(new ListTargetsByRuleCommand({ Rule: rule, EventBusName: busArn }), { abortSignal }), `the targets of ${what}`, 'events:ListTargetsByRule', new Set()),
    ]);
    if (described === undefined) return undefined;
    if (described.State === 'DISABLED') this.#lacks.push(`The rule "${rule}" is switched off. aws events enable-rule --name ${rule} --event-bus-name ${busArn}`);
    if (aimed !== undefined) await this.#target(place, queueArn, aimed.Targets ?? []);
    return described.EventPattern === undefined ? undefined : compilePattern(described.EventPattern);
  }

  async #target({ rule }: RulePlace, queueArn: string | undefined, targets: readonly Target[]): Promise<void> {
    if (queueArn === undefined) return;
    const target = targets.find(({ Arn }) => Arn === queueArn);
    const deadLetterArn = target?.DeadLetterConfig?.Arn;
    if (target === undefined) this.#lacks.push(`The rule "${rule}" is not aimed at ${queueArn}. Deploy ${this.#options.stack}.`);
    else if (deadLetterArn === undefined) this.#lacks.push(`The target of the rule "${rule}" has no dead-letter queue: what cannot be delivered would be lost. Deploy ${this.#options.stack}.`);
    else await this.#deadLetters(deadLetterArn, `events that "${rule}" cannot deliver`);
  }

  async #deadLetters(arn: string, holds: string): Promise<void> {
    const name = queueNameOf(arn);
    await this.#ask(
      () => this.#sqs.send(new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: arn.split(':')[4] }), { abortSignal: this.#signal }),
      `the dead-letter queue "${name}" for ${holds}`, 'sqs:GetQueueUrl', NO_QUEUE,
    );
  }

  /** SQS refuses these calls for what they ask, but not before it has judged who calls. */
  async #mayConsume(): Promise<void> {
    const QueueUrl = this.#options.queueUrl;
    const abortSignal = this.#signal;
    await Promise.all([
      this.#may('sqs:ReceiveMessage', this.#sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: TOO_MANY }), { abortSignal })),
      this.#may('sqs:DeleteMessage', this.#sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: NO_HANDLE }), { abortSignal })),
      this.#may('sqs:ChangeMessageVisibility', this.#sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: NO_HANDLE, VisibilityTimeout: 0 }), { abortSignal })),
    ]);
  }

  async #may(permission: string, call: Promise<unknown>): Promise<void> {
    try {
      await call;
    } catch (error) {
      if (DENIED.has(errorCode(error))) this.#lacks.push(`This process may not call ${permission} on the queue "${this.#queue}". Grant it, or give it the role that ${this.#options.stack} makes for consumers.`);
    }
  }

  /** What AWS says; undefined when it is not there (a lack) or cannot be known (a warning). */
  async #ask<Answer>(ask: () => Promise<Answer>, what: string, permission: string, missing: ReadonlySet<string>): Promise<Answer | undefined> {
    try {
      return await ask();
    } catch (error) {
      const code = errorCode(error);
      if (missing.has(code)) this.#lacks.push(`There is no ${what.replace(/^the /, '')} (${code}). Deploy ${this.#options.stack}, or correct URL, account and region.`);
      else if (DENIED.has(code)) this.#unknown(`${what} may not be looked at: without ${permission} it is not known whether all is well`);
      else this.#unknown(`${what} could not be looked at (${code})`);
      return undefined;
    }
  }

  #unknown(reason: string): void {
    this.#options.logger.warn({ queue: this.#queue, reason }, 'a part of the subscription could not be checked');
  }
}
