import { describe, expect, test } from '@jest/globals';
import { prepare, WITHOUT_PROVIDER } from './template.ts';

const bus = { Type: 'AWS::Events::EventBus', Properties: { Name: 'shop' } };
const rule = (EventPattern: object) => ({ Type: 'AWS::Events::Rule', Properties: { EventPattern } });
const prepared = (template: object) => {
  const { body, ...told } = prepare({ stackName: 'Stack', template: template as Record<string, unknown> });
  return { ...told, template: JSON.parse(body) as Record<string, any> };
};

describe('what LocalStack has no provider for', () => {
  const made = prepared({
    Description: 'a shop',
    Resources: {
      Bus: bus,
      Pages: { Type: 'AWS::CloudWatch::Dashboard', Properties: {} },
      Source: { Type: 'AWS::Logs::DeliverySource', Properties: {} },
      Queue: { Type: 'AWS::SQS::Queue', Properties: {}, DependsOn: ['Pages', 'Bus'] },
      Other: { Type: 'AWS::SQS::Queue', Properties: {}, DependsOn: 'Source' },
    },
    Outputs: { Name: { Value: 'shop' } },
  });

  test('is left out and told, with the reason', () => {
    expect(Object.keys(made.template['Resources'])).toEqual(['Bus', 'Queue', 'Other']);
    expect(made.leftOut).toEqual([
      { place: 'Stack.Pages', type: 'AWS::CloudWatch::Dashboard', reason: WITHOUT_PROVIDER['AWS::CloudWatch::Dashboard'] },
      { place: 'Stack.Source', type: 'AWS::Logs::DeliverySource', reason: WITHOUT_PROVIDER['AWS::Logs::DeliverySource'] },
    ]);
  });

  test('is waited for by nobody; everything else stays as it was', () => {
    expect(made.template['Resources']['Queue'].DependsOn).toEqual(['Bus']);
    expect(made.template['Resources']['Other']).not.toHaveProperty('DependsOn');
    expect(made.template).toMatchObject({ Description: 'a shop', Outputs: { Name: { Value: 'shop' } } });
  });
});

test('an archive is made afterwards, on the bus that CloudFormation names in an output', () => {
  const SourceArn = { 'Fn::GetAtt': ['Bus', 'Arn'] };
  const made = prepared({ Resources: { Bus: bus, Kept: { Type: 'AWS::Events::Archive', Properties: { ArchiveName: 'kept', SourceArn, RetentionDays: 30, EventPattern: { source: ['s'] } } } } });
  expect(made.archives).toEqual([{ name: 'kept', sourceOutput: 'SourceOfKept', description: undefined, retentionDays: 30, patternText: '{"source":["s"]}' }]);
  expect(made.template['Outputs']).toEqual({ SourceOfKept: { Value: SourceArn } });
  expect(made.leftOut.map(({ place }) => place)).toEqual(['Stack.Kept']);
});

test('an archive of a form that is not known is refused by its name', () => {
  const archive = { Type: 'AWS::Events::Archive', Properties: { ArchiveName: 'kept', SourceArn: 'arn', KmsKeyIdentifier: 'key' } };
  expect(() => prepared({ Resources: { Kept: archive } })).toThrow(/^Stack\.Kept \(AWS::Events::Archive\): .*KmsKeyIdentifier/s);
});

test('the check of the bootstrap version goes, with its parameter and no other', () => {
  const made = prepared({ Parameters: { BootstrapVersion: {}, Stage: { Type: 'String' } }, Rules: { CheckBootstrapVersion: {} }, Resources: {} });
  expect(made.template).toMatchObject({ Parameters: { Stage: { Type: 'String' } }, Rules: {} });
  expect(made.template['Parameters']).not.toHaveProperty('BootstrapVersion');
  expect(made.template['Rules']).toEqual({});
});

test.each([['AWS::Events::Rule'], ['AWS::Events::Archive']])('a pattern of %s that AWS would refuse never reaches LocalStack, whose bus it would stop', (Type) => {
  const resource = { ...rule({ source: 'x' }), Type };
  expect(() => prepared({ Resources: { Bad: resource } })).toThrow(/^Stack\.Bad: LocalStack would take this pattern, and then deliver nothing on its bus\. .*must be an object or an array/s);
});
