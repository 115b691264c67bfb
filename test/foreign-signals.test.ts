/** The two sides of one agreement: what the rules on the buses let through is what Commerce Coordinator declares, hears and reads. */
import { EXTENSIONS } from '@commerce/commerce-coordinator/extensions';
import { MAP } from '@commerce/commerce-coordinator/signals';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { checkSignals, ownTemplate } from './check-signals.ts';
import type { Template } from './check-signals.ts';

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

describe('the map and the template', () => {
  test('fit each other', () => {
    expect(messageOf(() => undefined)).toBe('');
  });

  test('are refused when a rule leaves out what the map declares, or lets through what it does not', () => {
    const message = messageOf((copy) => {
      ruleOf(copy).Properties.EventPattern['detail-type'] = ['FulfillmentCompleted', 'FulfillmentFailed', 'FulfillmentCancelled', 'FulfillmentAccepted'];
    });
    expect(message).toMatch(/signals\.config\.ts:\d+ The foreign signal FulfillmentRevoked of order-fulfillment is declared, but no rule delivers it/);
    expect(message).toContain('A rule delivers FulfillmentAccepted of order-fulfillment, which the map does not declare as foreign');
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
