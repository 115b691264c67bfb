/** What a target receives in place of the event: a constant, a part of the event, or a template filled from it. */
import { validationError } from '../aws-error.ts';
import type { AcceptedEvent } from './envelope.ts';
import { fillTemplate, readTemplate } from './input-template.ts';
import { readPath, textAt, valueAt, type JsonPath } from './json-path.ts';
import { parseSpelled } from './spelled-json.ts';

export interface InputForm {
  readonly Id: string;
  readonly Input?: string | undefined;
  readonly InputPath?: string | undefined;
  readonly InputTransformer?: { readonly InputPathsMap?: Readonly<Record<string, string>> | undefined; readonly InputTemplate: string } | undefined;
}

interface RuleNames {
  readonly arn: string;
  readonly name: string;
}

/** The body for the target, or undefined if the event has nothing at the path, or fills the template to something that is no JSON. */
export type TargetInput = (event: AcceptedEvent, rule: RuleNames) => string | undefined;

type Reserved = (event: AcceptedEvent, rule: RuleNames) => unknown;

const RESERVED: ReadonlyMap<string, Reserved> = new Map<string, Reserved>([
  ['aws.events.rule-arn', (_, { arn }) => arn],
  ['aws.events.rule-name', (_, { name }) => name],
  ['aws.events.event.ingestion-time', ({ acceptedAtMs }) => `${new Date(acceptedAtMs).toISOString().slice(0, 19)}Z`],
  ['aws.events.event', ({ head }) => ({
    id: head.id, account: head.account, detailType: head['detail-type'], time: head.time, source: head.source, region: head.region,
    ...(head['replay-name'] === undefined ? {} : { 'replay-name': head['replay-name'] }),
    resources: head.resources, version: head.version,
  })],
  ['aws.events.event.json', ({ text }) => parseSpelled(text)],
]);

/** Reads the input of a target, or undefined if it takes the event as it is. Throws EventBridge's refusals. */
export function readTargetInput({ Id, Input, InputPath, InputTransformer }: InputForm): TargetInput | undefined {
  const given = [Input, InputPath, InputTransformer].filter((form) => form !== undefined);
  if (given.length > 1) throw validationError(`Only one of Input, InputPath, or InputTransformer must be provided for target ${Id}.`);
  if (Input !== undefined) return constant(Input, Id);
  if (InputPath !== undefined) return atPath(InputPath, Id);
  return InputTransformer === undefined ? undefined : transformer(InputTransformer, Id);
}

function constant(input: string, targetId: string): TargetInput {
  try {
    JSON.parse(input);
  } catch {
    throw validationError(`JSON syntax error in input for target ${targetId}.`);
  }
  return () => input;
}

function atPath(text: string, targetId: string): TargetInput {
  const path = readPath(text);
  if (path === undefined) throw invalidPath(targetId);
  if (!path.includes('children')) return (event) => textAt(path, event.text);
  return (event) => {
    const value = valueAt(path, parseSpelled(event.text));
    return value === undefined ? undefined : JSON.stringify(value);
  };
}

function transformer({ InputPathsMap = {}, InputTemplate }: NonNullable<InputForm['InputTransformer']>, targetId: string): TargetInput {
  const paths = new Map<string, JsonPath>();
  for (const [name, text] of Object.entries(InputPathsMap)) {
    const path = readPath(text);
    if (path === undefined) throw invalidPath(targetId);
    paths.set(name, path);
  }
  const template = readTemplate(InputTemplate, targetId, (name) => paths.has(name) || RESERVED.has(name));
  return (event, rule) => {
    let document: unknown;
    return fillTemplate(template, (name) => {
      const reserved = RESERVED.get(name);
      if (reserved !== undefined) return reserved(event, rule);
      const path = paths.get(name);
      return path === undefined ? undefined : valueAt(path, (document ??= parseSpelled(event.text)));
    });
  };
}

function invalidPath(targetId: string): Error {
  return validationError(`InputPath for target ${targetId} is invalid.`);
}
