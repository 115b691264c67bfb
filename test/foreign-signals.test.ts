/** The two sides of one agreement: what the rule on Order Fulfillment's bus lets through is what Commerce Coordinator accepts. */
import { FOREIGN_SIGNALS, SIGNALS } from '@commerce/commerce-coordinator/signals';
import { synthesise } from '@commerce/infra/app';
import { expect, test } from '@jest/globals';

interface Rule {
  readonly Type: string;
  readonly Properties: { readonly EventPattern: { readonly source: readonly string[]; readonly 'detail-type': readonly string[] } };
}

test('the rule lets through exactly the events that Commerce Coordinator accepts, and each of them is heard', () => {
  const [stack] = synthesise().filter(({ stackName }) => stackName === 'CommerceCoordinatorStack');
  const resources = Object.values((stack?.template as { Resources: Record<string, Rule> }).Resources);
  const passed = resources.filter(({ Type }) => Type === 'AWS::Events::Rule').flatMap(({ Properties: { EventPattern: pattern } }) =>
    pattern.source.flatMap((source) => pattern['detail-type'].map((type) => ({ source, type }))));
  const sorted = (signals: readonly { readonly source: string; readonly type: string }[]): string[] => signals.map(({ source, type }) => `${source} ${type}`).toSorted();
  expect(sorted(passed)).toEqual(sorted(FOREIGN_SIGNALS));
  for (const { type } of FOREIGN_SIGNALS) expect(SIGNALS[type].length).toBeGreaterThan(0);
});
