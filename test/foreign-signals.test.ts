/** The two sides of one agreement: what the rules on the buses let through is what Commerce Coordinator declares, hears and reads. */
import { EXTENSIONS } from '@commerce/commerce-coordinator/extensions';
import { MAP } from '@commerce/commerce-coordinator/signals';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { checkSignals, ownTemplate } from './check-signals.ts';
import type { Template } from './check-signals.ts';
import { printed } from './print-signals.ts';

let template: Template;
beforeAll(() => {
  template = ownTemplate();
});

/** The message of the check over a template that was changed, and a map that was. */
function messageOf(change: (copy: any) => void, map: typeof MAP = MAP): string {
  const copy = structuredClone(template);
  change(copy);
  try {
    checkSignals({ extensions: EXTENSIONS, map }, copy);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

const ruleOf = (copy: any): any => Object.values(copy.Resources).find((resource: any) => resource.Type === 'AWS::Events::Rule');

describe('the map to read', () => {
  test('names the rule and the queue of each foreign signal when it is asked for them', async () => {
    const shown = await printed(['--rules', '--type', 'FulfillmentRevoked', '--type', 'PaymentInitiated']);
    expect(shown).toMatch(/\n\nFulfillmentRevoked {2}← fulfillment, from outside: order-fulfillment by the rule commerce-coordinator-fulfillment-events and the queue commerce-coordinator-fulfillment-events\n {2}→ /);
    expect(shown).toMatch(/^PaymentInitiated {2}← payments\n {2}→ payments\.charge {2,}effect, .*\n {6}\w/);
    expect(shown).not.toContain('OrderCreated');
  });

  test('is refused for a signal that is not there, with the one that was meant', async () => {
    await expect(printed(['--type', 'OrderCreate'])).rejects.toThrow('There is no signal OrderCreate. Did you mean OrderCreated?');
    await expect(printed(['--json', '--mermaid'])).rejects.toThrow('One form at a time.');
  });
});

describe('the map and the template', () => {
  test('fit each other', () => {
    expect(messageOf(() => undefined)).toBe('');
  });

  test('are refused when a rule leaves out what the map declares, or lets through what it does not', () => {
    const message = messageOf((copy) => {
      ruleOf(copy).Properties.EventPattern['detail-type'] = ['FulfillmentCompleted', 'FulfillmentFailed', 'FulfillmentCancelled', 'FulfillmentAccepted'];
    });
    expect(message).toMatch(/signals\.config\.ts:\d+ The foreign signal FulfillmentRevoked of order-fulfillment is declared, but no rule delivers it/);
    expect(message).toContain('The rule commerce-coordinator-fulfillment-events delivers FulfillmentAccepted of order-fulfillment, which the map does not declare as foreign');
  });

  test('are refused when a rule lets through all that begins alike, or a name that the catalogue does not have', () => {
    const message = messageOf((copy) => {
      ruleOf(copy).Properties.EventPattern['detail-type'] = [{ prefix: 'Fulfillment' }, 'OutcomeInvented'];
    });
    for (const type of ['FulfillmentAccepted', 'FulfillmentLineSettled', 'OutcomeInvented']) expect(message).toContain(`delivers ${type} of order-fulfillment, which the map does not declare as foreign`);
    expect(message).not.toContain('no rule delivers it');
  });

  test.each([
    ['is disabled', (rule: any) => (rule.State = 'DISABLED')],
    ['is for another source', (rule: any) => (rule.EventPattern.source = ['another'])],
    ['is for another client', (rule: any) => (rule.EventPattern.detail.data.clientId = ['acme'])],
    ['fills a dead-letter queue', (rule: any) => (rule.Targets = [{ Arn: rule.Targets[0].DeadLetterConfig.Arn }])],
  ])('are refused when the rule %s: then nothing is delivered', (_what, change) => {
    expect(messageOf((copy) => change(ruleOf(copy).Properties))).toMatch(/signals\.config\.ts:\d+ The foreign signal FulfillmentCompleted of order-fulfillment is declared, but no rule delivers it/);
  });

  test.each([
    ['on the default bus', (rule: any) => delete rule.EventBusName, 'default'],
    ['on a bus that is named otherwise', (rule: any) => (rule.EventBusName = 'orders'), 'orders'],
    ['on the bus of this side', (rule: any, copy: any) => (rule.EventBusName = { Ref: Object.keys(copy.Resources).find((id) => copy.Resources[id].Type === 'AWS::Events::EventBus') }), 'commerce-coordinator'],
    ['on the ARN of another bus', (rule: any) => (rule.EventBusName = { 'Fn::Join': ['', ['arn:aws:events:', { Ref: 'AWS::Region' }, ':111122223333:event-bus/orders']] }), 'orders'],
  ])('are refused when the rule stands %s: nothing would arrive there', (_where, change, bus) => {
    const message = messageOf((copy) => void change(ruleOf(copy).Properties, copy));
    expect(message).toContain(`The rule commerce-coordinator-fulfillment-events stands on the bus ${bus}, and order-fulfillment publishes on order-fulfillment: set its EventBusName`);
    expect(message).toMatch(/signals\.config\.ts:\d+ The foreign signal FulfillmentCompleted of order-fulfillment is declared, but no rule delivers it/);
  });

  test('fit each other when the bus is given by its ARN', () => {
    expect(messageOf((copy) => (ruleOf(copy).Properties.EventBusName = 'arn:aws:events:eu-central-1:111122223333:event-bus/order-fulfillment'))).toBe('');
  });

  /** The template with one more rule into the queue that is read. */
  const withRule = (properties: object) => (copy: any): void => {
    copy.Resources.Another = { Type: 'AWS::Events::Rule', Properties: { Name: 'another', State: 'ENABLED', EventBusName: 'commerce-coordinator', Targets: ruleOf(copy).Properties.Targets, ...properties } };
  };

  test('are refused when a rule lets a source through by its beginning, or by none', () => {
    const adjusted = { 'detail-type': ['InventoryAdjusted'] };
    const refusal = 'The rule another delivers InventoryAdjusted of inventory-service, which the map does not declare as foreign';
    expect(messageOf(withRule({ EventPattern: { source: [{ prefix: 'inventory' }], ...adjusted } }))).toContain(refusal);
    expect(messageOf(withRule({ EventPattern: adjusted }))).toContain(refusal);
    expect(messageOf(withRule({ EventBusName: 'order-fulfillment', EventPattern: { source: [{ prefix: 'inventory' }], ...adjusted } })))
      .toContain('The rule another stands on the bus order-fulfillment, and inventory-service publishes on commerce-coordinator');
  });

  test('are refused when a rule lets through what the other entries of the catalogue name', () => {
    const message = messageOf(withRule({ EventBusName: 'order-fulfillment', EventPattern: { source: ['order-fulfillment'], 'detail-type': [{ prefix: 'Payment' }] } }));
    for (const type of ['PaymentProcessed', 'PaymentFailed', 'PaymentRefunded']) expect(message).toContain(`The rule another delivers ${type} of order-fulfillment, which the map does not declare as foreign`);
  });

  test('are refused when a rule is a schedule, has a pattern that is none, or lets nothing through', () => {
    expect(messageOf(withRule({ ScheduleExpression: 'rate(1 minute)' }))).toBe('  - The rule another has no EventPattern: a schedule brings no event into the queue that is read, give it a pattern or another target.');
    expect(messageOf(withRule({ EventPattern: { source: 'inventory-service' } }))).toMatch(/^ {2}- The EventPattern of the rule another is refused: \S/);
    expect(messageOf(withRule({ EventPattern: { source: [{ prefix: 'nobody' }] } }))).toBe('  - The rule another lets nothing through that anybody sends: mend its pattern, or take it out.');
    expect(messageOf(withRule({ ScheduleExpression: 'rate(1 minute)', Targets: undefined }))).toBe('');
  });

  test('are refused when the consumer is not told its queue', () => {
    expect(messageOf((copy) => delete copy.Outputs.FulfillmentQueueUrl)).toContain('The template has no output FulfillmentQueueUrl: the consumer does not know its queue.');
  });

  test('are refused when the map takes a signal in that nobody hears', () => {
    const { FulfillmentRevoked: _nobody, ...connections } = MAP.connections;
    expect(messageOf(() => undefined, { ...MAP, connections })).toMatch(/signals\.config\.ts:\d+ The foreign signal FulfillmentRevoked is taken in and heard by nobody/);
  });

  test('are refused when a queue has no consumer, or the one that is read is not filled', () => {
    const message = messageOf((copy) => {
      copy.Resources.Spare = { Type: 'AWS::SQS::Queue', Properties: {} };
      ruleOf(copy).Properties.Targets = [{ Arn: { 'Fn::GetAtt': ['Spare', 'Arn'] } }];
    });
    expect(message).toContain('The queue Spare has no consumer');
    expect(message).toMatch(/No rule fills the queue FulfillmentQueue\w+, which the service reads/);
  });
});
