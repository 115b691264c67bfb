/**
 * The templates against the services they are for: every variable exists, none that is needed is missing, what is secret comes
 * from Secrets Manager, roles are those of the program, and a publisher may publish what its service publishes.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONFIG as COORDINATOR } from '@commerce/commerce-coordinator/config';
import { ROLES as COORDINATOR_ROLES } from '@commerce/commerce-coordinator/roles';
import { synthesise as synthesiseAcme } from '@commerce/example-acme/app';
import { COMMERCE_COORDINATOR, ORDER_FULFILLMENT } from '@commerce/infra/names';
import { templatesOf } from '@commerce/infra/test-deployment';
import { policiesOf } from '@commerce/infra/test-templates';
import { CONFIG as FULFILLMENT, ROLES as FULFILLMENT_ROLES } from '@commerce/order-fulfillment/config';
import { describe, expect, test } from '@jest/globals';
import { SPEAKERS } from '../contract/speakers.ts';

const templates = templatesOf();

/** What one part of a service gets. */
interface Container {
  readonly Environment: readonly { readonly Name: string; readonly Value: string }[];
  readonly Secrets: readonly { readonly Name: string }[];
}

function containersOf(stackName: string): Container[] {
  const resources = Object.values(templates.get(stackName)?.template.Resources ?? {});
  return resources.flatMap(({ Type, Properties }) => (Type === 'AWS::ECS::TaskDefinition' ? (Properties['ContainerDefinitions'] as Container[]) : []));
}

const variablesOf = (config: { readonly variables: object }): { name: string; secret: boolean; required: boolean }[] => Object.values(config.variables);
/** Set for the SDK and for Node, not for the service. */
const NOT_OURS = ['AWS_REGION'];

describe.each([
  ['Order Fulfillment', ORDER_FULFILLMENT.serviceStack, FULFILLMENT, FULFILLMENT_ROLES],
  ['Commerce Coordinator', COMMERCE_COORDINATOR.serviceStack, COORDINATOR, COORDINATOR_ROLES],
] as const)('the tasks of %s', (_, stackName, config, roles) => {
  const containers = containersOf(stackName);
  const variables = variablesOf(config);

  test('are its roles', () => {
    expect(containers.flatMap(({ Environment }) => Environment.find(({ Name }) => Name === 'ROLES')?.Value.split(',')).toSorted()).toEqual([...roles].toSorted());
  });

  test('get every variable that it needs, and none that it does not know', () => {
    for (const { Environment, Secrets } of containers) {
      const given = [...Environment, ...Secrets].map(({ Name }) => Name).filter((name) => !NOT_OURS.includes(name));
      expect(given.filter((name) => !variables.some((variable) => variable.name === name))).toEqual([]);
      expect(variables.filter(({ name, required }) => required && !given.includes(name)).map(({ name }) => name)).toEqual([]);
    }
  });

  test('get what is secret from Secrets Manager, and nothing else from there', () => {
    for (const { Environment, Secrets } of containers) {
      const isSecret = (name: string): boolean => variables.some((variable) => variable.name === name && variable.secret);
      expect(Environment.map(({ Name }) => Name).filter(isSecret)).toEqual([]);
      expect(Secrets.map(({ Name }) => Name).filter((name) => !isSecret(name))).toEqual([]);
    }
  });
});

describe('a publisher may publish under every name of its service, and nothing that another one publishes:', () => {
  test.each([['order-fulfillment', ORDER_FULFILLMENT], ['commerce-coordinator', COMMERCE_COORDINATOR]] as const)('%s', (service, { bus }) => {
    const speakers = Object.entries(SPEAKERS).filter(([, speaker]) => speaker.service === service);
    const [allowed] = policiesOf(templates).filter(({ kind, of }) => kind === 'identity' && of.endsWith(`:role/${bus}-publisher`)).flatMap(({ document }) => document.Statement.filter(({ Sid }) => Sid === 'PublishOwnEvents'));
    const conditions = allowed?.Condition?.['ForAllValues:StringEquals'] as Record<string, string | string[]>;
    expect([conditions['events:source'] ?? []].flat().toSorted()).toEqual(speakers.map(([source]) => source).toSorted());
    const types = [conditions['events:detail-type'] ?? []].flat();
    expect(speakers.flatMap(([, speaker]) => speaker.types).filter((type) => !types.includes(type))).toEqual([]);
    const others = Object.values(SPEAKERS).filter((speaker) => speaker.service !== service).flatMap((speaker) => speaker.types);
    expect(types.filter((type) => others.includes(type))).toEqual([]);
  });
});

test('acme subscribes to the bus of another account by its ARN, and may read its own queue', () => {
  const folder = mkdtempSync(join(tmpdir(), 'acme-'));
  try {
    const { Resources } = JSON.parse(readFileSync(synthesiseAcme(folder, { orderFulfillmentAccount: '111111111111' }), 'utf8')) as { Resources: Record<string, { Type: string; Properties: any }> };
    const of = (type: string): any[] => Object.values(Resources).filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
    expect(JSON.stringify(of('AWS::Events::Rule')[0].EventBusName)).toContain(':111111111111:event-bus/order-fulfillment');
    expect(of('AWS::IAM::Policy')[0].PolicyDocument.Statement).toHaveLength(1);
    expect(of('AWS::CloudWatch::Alarm')).toHaveLength(6);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
