/** AWS::Events::EventBus and AWS::Events::EventBusPolicy. Policies are told by DescribeEventBus; nobody is kept out by them. */
import { z } from 'zod';
import { tags, type ResourceKind } from './resource-kind.ts';

/** Key, dead letters of the key, and log are taken without effect: nothing is encrypted here, and nothing is logged of a bus. */
const busProperties = z.strictObject({
  Name: z.string(),
  Description: z.string().optional(),
  KmsKeyIdentifier: z.string().optional(),
  DeadLetterConfig: z.strictObject({ Arn: z.string() }).optional(),
  LogConfig: z.strictObject({ Level: z.string(), IncludeDetail: z.string() }).optional(),
  Tags: tags,
});

export const eventBus: ResourceKind = (properties, { buses }) => {
  const { Name, Description } = busProperties.parse(properties);
  const bus = buses.create(Name, Description);
  return { ref: bus.name, attributes: { Arn: bus.arn, Name: bus.name } };
};

const policyProperties = z.strictObject({
  EventBusName: z.string().default('default'),
  StatementId: z.string(),
  Statement: z.record(z.string(), z.unknown()),
});

export const eventBusPolicy: ResourceKind = (properties, { buses }) => {
  const { EventBusName, StatementId, Statement } = policyProperties.parse(properties);
  buses.get(EventBusName).statements.set(StatementId, Statement);
  return { ref: StatementId, attributes: {} };
};
