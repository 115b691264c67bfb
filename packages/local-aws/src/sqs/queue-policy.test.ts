import { describe, expect, test } from '@jest/globals';
import { letsEventBridgeSend, unjudgedCondition } from './queue-policy.ts';

const request = { queueArn: 'arn:aws:sqs:eu-central-1:111122223333:orders', ruleArn: 'arn:aws:events:eu-central-1:111122223333:rule/shop/paid' };
const allow = {
  Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: request.queueArn, Condition: { ArnEquals: { 'aws:SourceArn': request.ruleArn } },
};
const deny = { Effect: 'Deny', Principal: { AWS: '*' }, Action: 'sqs:*', Resource: request.queueArn, Condition: { Bool: { 'aws:SecureTransport': 'false' } } };

const judge = (...Statement: object[]): boolean => letsEventBridgeSend(JSON.stringify({ Version: '2012-10-17', Statement }), request);

describe('the policy of a queue lets EventBridge send', () => {
  test.each<[string, object[]]>([
    ['for the rule that it names', [deny, allow]],
    ['for a pattern of rules', [{ ...allow, Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:events:*:111122223333:rule/*' } } }]],
    ['for the account of the rule', [{ ...allow, Condition: { StringEquals: { 'AWS:SourceAccount': ['1', '111122223333'] } } }]],
    ['for anybody', [{ ...allow, Principal: '*', Action: ['sqs:*'], Resource: '*', Condition: undefined }]],
    ['for any service', [{ ...allow, Principal: { Service: ['s3.amazonaws.com', 'events.amazonaws.com'] } }]],
    ['where a key that it does not have may be missing', [{ ...allow, Condition: { StringEqualsIfExists: { 'aws:PrincipalOrgID': 'o-1' } } }]],
    ['where a denial means other accounts', [allow, { ...deny, Condition: { StringNotEquals: { 'aws:SourceAccount': ['1', '111122223333'] } } }]],
    ['where a key must be there, and is', [{ ...allow, Condition: { Null: { 'aws:SourceArn': 'false', 'aws:PrincipalOrgID': true } } }]],
    ['where a number is within its bounds', [{ ...allow, Condition: { NumericEquals: { 'aws:SourceAccount': 111122223333 }, NumericLessThan: { 'aws:SourceAccount': '111122223334' }, NumericNotEquals: { 'aws:SourceAccount': '1' } } }]],
    ['where a denial means everybody but it', [allow, { ...deny, Principal: undefined, NotPrincipal: { Service: 'events.amazonaws.com' }, Condition: undefined }]],
    ['where a denial means all actions but sending', [allow, { ...deny, Action: undefined, NotAction: 'sqs:Send*', Condition: undefined }]],
    ['where a denial means all queues but this one', [allow, { ...deny, Resource: undefined, NotResource: request.queueArn, Condition: undefined }]],
    ['where a key that it does not have must not be something', [{ ...allow, Condition: { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } } }]],
    ['in whatever case', [{ ...allow, Condition: { StringEqualsIgnoreCase: { 'aws:PrincipalServiceName': 'Events.amazonaws.com' } } }]],
  ])('%s', (_, statements) => {
    expect(judge(...statements)).toBe(true);
  });

  test.each<[string, object[]]>([
    ['without a statement that allows it', [deny]],
    ['for another rule', [{ ...allow, Condition: { ArnEquals: { 'aws:SourceArn': `${request.ruleArn}-2` } } }]],
    ['for another account', [{ ...allow, Condition: { StringEquals: { 'aws:SourceAccount': '444455556666' } } }]],
    ['for another service', [{ ...allow, Principal: { Service: 'sns.amazonaws.com' } }]],
    ['for an account', [{ ...allow, Principal: { AWS: 'arn:aws:iam::111122223333:root' } }]],
    ['for another action', [{ ...allow, Action: 'sqs:ReceiveMessage' }]],
    ['for another queue', [{ ...allow, Resource: `${request.queueArn}-2` }]],
    ['for a key that it does not have', [{ ...allow, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }]],
    ['for a condition that it cannot judge', [{ ...allow, Condition: { IpAddress: { 'aws:SourceArn': request.ruleArn } } }]],
    ['when a denial means it', [allow, { ...deny, Condition: { StringNotEquals: { 'aws:SourceAccount': '444455556666' } } }]],
    ['when both of two conditions are asked', [{ ...allow, Condition: { ...allow.Condition, StringEquals: { 'aws:SourceAccount': '1' } } }]],
    ['where a key must be missing, and is not', [{ ...allow, Condition: { Null: { 'aws:SourceArn': 'true' } } }]],
    ['where a number is out of its bounds', [{ ...allow, Condition: { NumericGreaterThan: { 'aws:SourceAccount': '111122223333' } } }]],
    ['when a denial means everybody but another', [allow, { ...deny, Principal: undefined, NotPrincipal: { Service: 's3.amazonaws.com' }, Condition: undefined }]],
    ['when a denial means all actions but receiving', [allow, { ...deny, Action: undefined, NotAction: 'sqs:ReceiveMessage', Condition: undefined }]],
    ['when a denial means whoever is not of an organisation', [allow, { ...deny, Condition: { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } } }]],
    ['by a statement for all actions but sending', [{ ...allow, Action: undefined, NotAction: 'sqs:SendMessage' }]],
  ])('not %s', (_, statements) => {
    expect(judge(...statements)).toBe(false);
  });

  test('not by a text that is no policy', () => {
    expect(letsEventBridgeSend('{', request)).toBe(false);
    expect(letsEventBridgeSend('{}', request)).toBe(false);
  });

  test('unless it has a condition that is not judged, which is told by its name', () => {
    const named = (operator: string): string | undefined => unjudgedCondition(JSON.stringify({ Statement: [allow, { ...deny, Condition: { [operator]: {} } }] }));
    expect(['IpAddress', 'ForAnyValue:DateLessThanIfExists', 'BinaryEquals', 'StringEqual'].filter((operator) => named(operator) !== operator)).toEqual([]);
    expect(['Null', 'ForAllValues:StringNotLikeIfExists', 'ArnNotEquals', 'NumericGreaterThanEquals', 'Bool'].filter((operator) => named(operator) !== undefined)).toEqual([]);
  });
});
