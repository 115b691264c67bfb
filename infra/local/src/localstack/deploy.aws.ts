/**
 * Deploys templates of the CDK app to a LocalStack, through CloudFormation as AWS would, and makes what it has no provider for.
 * What an earlier deployment has left there, with all messages and archived events, is deleted first.
 *
 * Refused: a LocalStack without one of the services that are needed, a stack that does not become complete, and a resource that
 * LocalStack only claims to have made.
 */
import { setTimeout as wait } from 'node:timers/promises';
import {
  CloudFormationClient, CreateStackCommand, DeleteStackCommand, DescribeStackEventsCommand, DescribeStackResourcesCommand, DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import type { Stack } from '@aws-sdk/client-cloudformation';
import { CreateArchiveCommand, DeleteArchiveCommand, EventBridgeClient, ListArchivesCommand, ResourceNotFoundException } from '@aws-sdk/client-eventbridge';
import type { StackTemplate } from '@commerce/infra/app';
import { z } from 'zod';
import type { StackOutputs } from '../stack-templates.ts';
import { SERVICES } from './services.ts';
import { prepare } from './template.ts';
import type { LeftOut, Prepared, WantedArchive } from './template.ts';

const READY = new Set(['available', 'running']);
const STACK_TIMEOUT_MS = 60_000;
const LOOK_INTERVAL_MS = 100;
const HEALTH_TIMEOUT_MS = 3_000;
/** What LocalStack gives as the name of a thing that it has not made. */
const NOT_MADE = 'unknown';

export interface Deployment {
  /** Address of LocalStack, without a trailing slash. */
  readonly url: string;
  readonly version: string;
  readonly outputs: StackOutputs;
  readonly leftOut: readonly LeftOut[];
  /** Names of the archives that were made. */
  readonly archives: readonly string[];
}

const healthForm = z.object({ services: z.record(z.string(), z.string()), version: z.string() });

/** Deploys in the order given. `url` without a trailing slash. */
export async function deploy(url: string, templates: readonly StackTemplate[], signal?: AbortSignal): Promise<Deployment> {
  const stacks = templates.map(prepare);
  const version = await checkHealth(url);
  const client = { endpoint: url, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const [formation, events] = [new CloudFormationClient(client), new EventBridgeClient(client)];
  const ended = AbortSignal.any([AbortSignal.timeout(STACK_TIMEOUT_MS), ...(signal === undefined ? [] : [signal])]);
  try {
    await clear(formation, events, stacks, ended);
    const outputs: Record<string, Record<string, string>> = {};
    for (const stack of stacks) {
      const told = await create(formation, stack, ended);
      for (const archive of stack.archives) await makeArchive(events, archive, told[archive.sourceOutput], ended);
      const ofArchives = new Set(stack.archives.map(({ sourceOutput }) => sourceOutput));
      outputs[stack.stackName] = Object.fromEntries(Object.entries(told).filter(([name]) => !ofArchives.has(name)));
    }
    return { url, version, outputs, leftOut: stacks.flatMap(({ leftOut }) => leftOut), archives: await checkArchives(events, stacks, ended) };
  } finally {
    formation.destroy();
    events.destroy();
  }
}

/** The version of a LocalStack that has what is needed. */
async function checkHealth(url: string): Promise<string> {
  let told: unknown;
  try {
    told = await (await fetch(`${url}/_localstack/health`, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) })).json();
  } catch (error) {
    throw new Error(`No LocalStack answers at ${url}. Start one: docs/localstack.md says how, with and without Docker.`, { cause: error });
  }
  const { services, version } = healthForm.parse(told);
  const missing = SERVICES.filter((name) => !READY.has(services[name] ?? 'missing'));
  if (missing.length > 0) throw new Error(`The LocalStack at ${url} lacks ${missing.join(', ')}: name them in SERVICES.`);
  return version;
}

/** The later a stack was made, the earlier it goes. */
async function clear(formation: CloudFormationClient, events: EventBridgeClient, stacks: readonly Prepared[], signal: AbortSignal): Promise<void> {
  for (const { name } of stacks.flatMap(({ archives }) => archives)) {
    await events.send(new DeleteArchiveCommand({ ArchiveName: name }), { abortSignal: signal }).catch((error: unknown) => {
      if (!(error instanceof ResourceNotFoundException)) throw error;
    });
  }
  for (const { stackName } of stacks.toReversed()) {
    const present = await describe(formation, stackName, signal);
    if (present?.StackId === undefined) continue;
    await formation.send(new DeleteStackCommand({ StackName: stackName }), { abortSignal: signal });
    const status = await settled(formation, present.StackId, signal);
    if (status !== undefined && status.StackStatus !== 'DELETE_COMPLETE') throw new Error(`The stack ${stackName} cannot be deleted: ${status.StackStatus}.`);
  }
}

async function create(formation: CloudFormationClient, { stackName, body }: Prepared, signal: AbortSignal): Promise<Record<string, string>> {
  await formation.send(new CreateStackCommand({ StackName: stackName, TemplateBody: body, Capabilities: ['CAPABILITY_NAMED_IAM'] }), { abortSignal: signal });
  const made = await settled(formation, stackName, signal);
  if (made?.StackStatus !== 'CREATE_COMPLETE') throw new Error(`The stack ${stackName} is ${made?.StackStatus ?? 'gone'}: ${await whyNot(formation, stackName, signal)}`);
  const { StackResources = [] } = await formation.send(new DescribeStackResourcesCommand({ StackName: stackName }), { abortSignal: signal });
  const claimed = StackResources.filter(({ PhysicalResourceId }) => PhysicalResourceId === undefined || PhysicalResourceId === NOT_MADE);
  if (claimed.length > 0) {
    const names = claimed.map(({ LogicalResourceId, ResourceType }) => `${LogicalResourceId} (${ResourceType})`);
    throw new Error(`LocalStack says that ${stackName} is complete and has not made ${names.join(', ')}: name the kind, with the reason, in infra/local/src/localstack/template.ts.`);
  }
  return Object.fromEntries((made.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
}

/** The stack once nothing is in progress on it; undefined when it is gone. */
async function settled(formation: CloudFormationClient, nameOrId: string, signal: AbortSignal): Promise<Stack | undefined> {
  for (;;) {
    const stack = await describe(formation, nameOrId, signal);
    if (stack?.StackStatus?.endsWith('_IN_PROGRESS') !== true) return stack;
    await wait(LOOK_INTERVAL_MS, undefined, { signal });
  }
}

async function describe(formation: CloudFormationClient, nameOrId: string, signal: AbortSignal): Promise<Stack | undefined> {
  try {
    return (await formation.send(new DescribeStacksCommand({ StackName: nameOrId }), { abortSignal: signal })).Stacks?.[0];
  } catch (error) {
    if (error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist')) return undefined;
    throw error;
  }
}

async function whyNot(formation: CloudFormationClient, stackName: string, signal: AbortSignal): Promise<string> {
  const { StackEvents = [] } = await formation.send(new DescribeStackEventsCommand({ StackName: stackName }), { abortSignal: signal });
  const failed = StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED'));
  return failed.map(({ LogicalResourceId, ResourceStatusReason }) => `${LogicalResourceId}: ${ResourceStatusReason ?? 'no reason is given'}`).join('; ') || 'no reason is given';
}

async function makeArchive(events: EventBridgeClient, { name, description, patternText, retentionDays }: WantedArchive, sourceArn: string | undefined, signal: AbortSignal): Promise<void> {
  const command = new CreateArchiveCommand({ ArchiveName: name, EventSourceArn: sourceArn, Description: description, EventPattern: patternText, RetentionDays: retentionDays });
  await events.send(command, { abortSignal: signal });
}

/** The archives that are wanted, as EventBridge lists them. */
async function checkArchives(events: EventBridgeClient, stacks: readonly Prepared[], signal: AbortSignal): Promise<string[]> {
  const wanted = stacks.flatMap(({ archives }) => archives.map(({ name }) => name));
  const { Archives = [] } = await events.send(new ListArchivesCommand({}), { abortSignal: signal });
  const enabled = Archives.filter(({ State }) => State === 'ENABLED').map(({ ArchiveName = '' }) => ArchiveName);
  const missing = wanted.filter((name) => !enabled.includes(name));
  if (missing.length > 0) throw new Error(`LocalStack has not made the archives ${missing.join(', ')}.`);
  return wanted;
}
