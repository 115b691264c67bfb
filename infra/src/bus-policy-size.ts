/** How long the policy of a bus becomes: AWS refuses a longer one, and only when it is deployed. */
import { Stack } from 'aws-cdk-lib';
import { CfnEventBusPolicy, type EventBus } from 'aws-cdk-lib/aws-events';

/** Characters that AWS takes for all statements of a bus together. */
export const MAX_BUS_POLICY = 10_240;

/** What stands for a reference that the template leaves to CloudFormation. */
const REFERRED: Readonly<Record<string, string>> = { 'AWS::Partition': 'aws', 'AWS::Region': 'ap-southeast-1', 'AWS::AccountId': '000000000000' };

/** Characters of every statement on the bus, as one document without spaces. `busArn` is what a reference to the bus becomes. */
export function busPolicyLength(bus: EventBus, busArn: string): number {
  const stack = Stack.of(bus);
  const statements = bus.node.findAll().filter((child) => child instanceof CfnEventBusPolicy).map(({ statement }) => stack.resolve(statement) as unknown);
  const arn = written(stack.resolve(busArn), '') as string;
  return JSON.stringify({ Version: '2012-10-17', Statement: statements.map((statement) => written(statement, arn)) }).length;
}

function written(value: unknown, busArn: string): unknown {
  if (Array.isArray(value)) return value.map((item) => written(item, busArn));
  if (typeof value !== 'object' || value === null) return value;
  const { 'Fn::Join': joined, 'Fn::GetAtt': attribute, Ref: reference } = value as { 'Fn::Join'?: [string, unknown[]]; 'Fn::GetAtt'?: unknown; Ref?: string };
  if (joined !== undefined) return (written(joined[1], busArn) as string[]).join(joined[0]);
  if (attribute !== undefined) return busArn;
  if (reference !== undefined) return REFERRED[reference] ?? reference;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, written(member, busArn)]));
}
