import { describe, expect, test } from '@jest/globals';
import { TOPICS } from '@commerce/events/topics';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { synthesise } from '../app.ts';
import { ClientSubscription } from './client-subscription.ts';
import { OUTCOME_EVENT_TYPES } from './names.ts';

const templates = synthesise();
const template = (stackName: string): Template =>
  Template.fromJSON(templates.find((stack) => stack.stackName === stackName)?.template ?? {});
const archives = (stack: Template): Record<string, number> =>
  Object.fromEntries(Object.values(stack.findResources('AWS::Events::Archive')).map(({ Properties }) => [Properties.ArchiveName, Properties.RetentionDays]));

describe('the stack of Order Fulfillment', () => {
  const stack = template('OrderFulfillmentStack');

  test('has its bus, and nothing of its subscribers', () => {
    stack.hasResourceProperties('AWS::Events::EventBus', { Name: 'order-fulfillment' });
    stack.resourceCountIs('AWS::Events::Rule', 0);
    stack.resourceCountIs('AWS::SQS::Queue', 0);
  });

  test('keeps what it publishes for a year', () => {
    expect(archives(stack)).toEqual({ 'order-fulfillment-fulfillment-events': 365 });
    stack.hasResourceProperties('AWS::Events::Archive', { EventPattern: { source: ['order-fulfillment'] } });
  });

  test('writes down what EventBridge could not do, without the events', () => {
    stack.hasResourceProperties('AWS::Events::EventBus', { LogConfig: { Level: 'ERROR', IncludeDetail: 'NONE' } });
    stack.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: '/aws/vendedlogs/events/event-bus/order-fulfillment', RetentionInDays: 90 });
    stack.hasResourceProperties('AWS::Logs::DeliverySource', { LogType: 'ERROR_LOGS', ResourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('Bus'), 'Arn'] } });
    stack.resourceCountIs('AWS::Logs::Delivery', 1);
  });
});

describe('the stack of Commerce Coordinator', () => {
  const stack = template('CommerceCoordinatorStack');
  const arnOf = (id: RegExp): object => ({ 'Fn::GetAtt': [Match.stringLikeRegexp(id.source), 'Arn'] });

  test('has its own bus, on which nobody subscribes', () => {
    stack.hasResourceProperties('AWS::Events::EventBus', { Name: 'commerce-coordinator' });
    stack.resourceCountIs('AWS::Events::Rule', 1);
    stack.hasResourceProperties('AWS::Events::Rule', { EventBusName: 'order-fulfillment' });
  });

  test('keeps each topic for as long as the table of topics says', () => {
    expect(archives(stack)).toEqual(Object.fromEntries(Object.entries(TOPICS).map(([topic, { retentionDays }]) => [`commerce-coordinator-${topic}`, retentionDays])));
    expect(archives(stack)).toMatchObject({ 'commerce-coordinator-inventory-events': 7, 'commerce-coordinator-order-events': 365, 'commerce-coordinator-payment-events': 2_555 });
  });

  test('subscribes to the outcomes of its own fulfillments alone', () => {
    expect(OUTCOME_EVENT_TYPES).toEqual(['FulfillmentCompleted', 'FulfillmentFailed', 'FulfillmentCancelled', 'FulfillmentRevoked']);
    stack.hasResourceProperties('AWS::Events::Rule', {
      State: 'ENABLED',
      EventPattern: { source: ['order-fulfillment'], 'detail-type': OUTCOME_EVENT_TYPES, detail: { data: { clientId: ['commerce-coordinator'] } } },
    });
  });

  test('writes out for how long EventBridge tries, and where it puts what it cannot deliver', () => {
    stack.hasResourceProperties('AWS::Events::Rule', {
      Targets: [{
        Arn: arnOf(/^FulfillmentQueue/),
        DeadLetterConfig: { Arn: arnOf(/^FulfillmentUndeliveredQueue/) },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        Id: Match.anyValue(),
      }],
    });
  });

  test('makes the rule when the queues may be filled, and not before', () => {
    stack.hasResource('AWS::Events::Rule', { DependsOn: Match.arrayWith([Match.stringLikeRegexp('^FulfillmentQueuePolicy'), Match.stringLikeRegexp('^FulfillmentUndeliveredQueuePolicy')]) });
  });

  test('gives the consumer 60 seconds and five attempts', () => {
    stack.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: 'commerce-coordinator-fulfillment-events', VisibilityTimeout: 60,
      RedrivePolicy: { maxReceiveCount: 5, deadLetterTargetArn: arnOf(/^FulfillmentDeadLetterQueue/) },
    });
  });

  test('encrypts every queue and refuses plain text connections', () => {
    stack.resourceCountIs('AWS::SQS::Queue', 3);
    stack.allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
    stack.allResourcesProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })]) },
    });
  });

  test('tells the names that the services need', () => {
    expect(Object.keys(stack.findOutputs('*')).toSorted()).toEqual([
      'BusArn', 'BusName', 'FulfillmentDeadLetterQueueUrl', 'FulfillmentQueueArn', 'FulfillmentQueueUrl', 'FulfillmentUndeliveredQueueUrl',
    ]);
  });
});

describe('the subscription of a further client', () => {
  const subscribed = (clientId: string, more: object = {}): Template => {
    const stack = new Stack(new App({ analyticsReporting: false }), 'Acme');
    new ClientSubscription(stack, 'Fulfillment', { clientId, ...more });
    return Template.fromStack(stack);
  };

  test('lets its own outcomes through, on a rule and a queue of its own', () => {
    const stack = subscribed('acme');
    stack.hasResourceProperties('AWS::Events::Rule', {
      Name: 'acme-fulfillment-events', EventBusName: 'order-fulfillment',
      EventPattern: { source: ['order-fulfillment'], 'detail-type': OUTCOME_EVENT_TYPES, detail: { data: { clientId: ['acme'] } } },
    });
    const queues = Object.values(stack.findResources('AWS::SQS::Queue')).map(({ Properties }) => Properties.QueueName);
    expect(queues.toSorted()).toEqual(['acme-fulfillment-events', 'acme-fulfillment-events-dead', 'acme-fulfillment-events-undelivered']);
  });

  test('takes the types that it asks for, and no others', () => {
    subscribed('acme', { eventTypes: ['FulfillmentHeld'] }).hasResourceProperties('AWS::Events::Rule', { EventPattern: { 'detail-type': ['FulfillmentHeld'] } });
  });

  test('is refused a name that AWS does not take, and can be given another', () => {
    expect(() => subscribed('acme@example.org')).toThrow(/give the subscription of "acme@example.org" a name/);
    subscribed('acme@example.org', { name: 'acme' }).hasResourceProperties('AWS::Events::Rule', { Name: 'acme', EventPattern: { detail: { data: { clientId: ['acme@example.org'] } } } });
  });
});

test('the owners share names, no CloudFormation export, and the bus is deployed before its subscriber', () => {
  expect(templates.map(({ stackName }) => stackName)).toEqual(['OrderFulfillmentStack', 'CommerceCoordinatorStack']);
  expect(JSON.stringify(templates)).not.toMatch(/Fn::ImportValue|"Export"/);
});

test('the stacks can be added to before they are written', () => {
  const extended = synthesise({
    extend: ({ orderFulfillment: { bus }, commerceCoordinator: stack }) => {
      const target = new SqsQueue(new Queue(stack, 'More'), { maxEventAge: Duration.minutes(1) });
      new Rule(stack, 'MoreRule', { eventBus: bus, eventPattern: { source: ['order-fulfillment'] }, targets: [target] });
    },
  });
  expect(JSON.stringify(extended)).toContain('Fn::ImportValue');
  expect(JSON.stringify(synthesise())).toBe(JSON.stringify(templates));
});
