/**
 * The rules on the buses that concern a service, as AWS has them now: those on its own bus, and those that fill its queue, which the
 * policy of the queue names. For people who ask which way an event goes; nothing depends on it.
 *
 * Promise: nothing is changed, and an answer comes within `limitMs`, at most 60 s old. What cannot be looked at (no permission, no AWS)
 * is left out, and `isWhole` is false then.
 */
import { DescribeRuleCommand, EventBridgeClient, ListRulesCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import type { Rule } from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { AwsOptions } from './client.aws.ts';
import { clientConfig } from './client.aws.ts';
import { queueNameOf, rulePlaceOf, SUBSCRIPTION_ATTRIBUTES, subscriptionOf } from './subscription.ts';

export interface BusRule {
  readonly name: string;
  /** Name of the bus. */
  readonly bus: string;
  /** EventBridge pattern, JSON. */
  readonly pattern: string;
  readonly isEnabled: boolean;
  /** Last part of the ARN of each target. */
  readonly targets: readonly string[];
}

export interface BusRules {
  readonly rules: readonly BusRule[];
  readonly isWhole: boolean;
}

export interface BusRulesOptions {
  /** Name or ARN. */
  readonly busName: string;
  readonly queueUrl: string;
  readonly nowMs: () => number;
  readonly client?: AwsOptions;
  /** For all of it. Default 3,000. */
  readonly limitMs?: number;
}

const LIMIT_MS = 3_000;
const FRESH_MS = 60_000;
/** What failed is asked again sooner. */
const RETRY_MS = 5_000;
/** Rules of a bus that are looked at. EventBridge allows 300 on one. */
const MOST_RULES = 300;
const SOCKETS = 8;

/** Makes the look; `close` ends its connections. */
export function createBusRules({ busName, queueUrl, nowMs, client = {}, limitMs = LIMIT_MS }: BusRulesOptions): { readonly look: () => Promise<BusRules>; readonly close: () => void } {
  const config = clientConfig(client, { requestTimeoutMs: limitMs, maxSockets: SOCKETS });
  const events = new EventBridgeClient(config);
  const sqs = new SQSClient({ ...config, useQueueUrlAsEndpoint: false });
  let last: { readonly untilMs: number; readonly found: Promise<BusRules> } | undefined;

  async function lookNow(): Promise<BusRules> {
    const abortSignal = AbortSignal.timeout(limitMs);
    const parts = await Promise.allSettled([rulesOn(events, busName, abortSignal), rulesInto(events, sqs, queueUrl, abortSignal)]);
    const rules = parts.flatMap((part) => (part.status === 'fulfilled' ? part.value : []));
    return { rules: [...new Map(rules.map((rule) => [`${rule.bus}/${rule.name}`, rule])).values()], isWhole: parts.every(({ status }) => status === 'fulfilled') };
  }

  return {
    look: async () => {
      const now = nowMs();
      if (last === undefined || now >= last.untilMs) {
        const found = lookNow();
        last = { untilMs: now + RETRY_MS, found };
        const { isWhole } = await found;
        if (isWhole) last = { untilMs: now + FRESH_MS, found };
      }
      return last.found;
    },
    close: () => {
      events.destroy();
      sqs.destroy();
    },
  };
}

async function rulesOn(events: EventBridgeClient, busName: string, abortSignal: AbortSignal): Promise<BusRule[]> {
  const rules: Rule[] = [];
  for (let token: string | undefined; ;) {
    const page = await events.send(new ListRulesCommand({ EventBusName: busName, ...(token !== undefined && { NextToken: token }) }), { abortSignal });
    rules.push(...(page.Rules ?? []));
    token = page.NextToken;
    if (token === undefined || rules.length >= MOST_RULES) break;
  }
  return (await Promise.all(rules.map((rule) => withTargets(events, rule, busName, abortSignal)))).flat();
}

async function rulesInto(events: EventBridgeClient, sqs: SQSClient, queueUrl: string, abortSignal: AbortSignal): Promise<BusRule[]> {
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...SUBSCRIPTION_ATTRIBUTES] }), { abortSignal });
  const places = subscriptionOf(Attributes).ruleArns.flatMap((arn) => rulePlaceOf(arn) ?? []);
  const found = places.map(async ({ rule: Name, busArn: EventBusName }) => withTargets(events, await events.send(new DescribeRuleCommand({ Name, EventBusName }), { abortSignal }), EventBusName, abortSignal));
  return (await Promise.all(found)).flat();
}

/** None for a rule without a pattern, which is a schedule. */
async function withTargets(events: EventBridgeClient, { Name, EventPattern, State }: Pick<Rule, 'Name' | 'EventPattern' | 'State'>, bus: string, abortSignal: AbortSignal): Promise<BusRule[]> {
  if (Name === undefined || EventPattern === undefined) return [];
  const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: Name, EventBusName: bus }), { abortSignal });
  return [{ name: Name, bus: bus.slice(bus.lastIndexOf('/') + 1), pattern: EventPattern, isEnabled: State !== 'DISABLED', targets: Targets.map(({ Arn = '' }) => queueNameOf(Arn)) }];
}
