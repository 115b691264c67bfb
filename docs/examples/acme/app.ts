/**
 * The CDK app of acme, a further client of Order Fulfillment: its subscription to the outcomes of its own fulfillments, the role
 * that reads its queue, and alarms. `node docs/examples/acme/app.ts` writes `cdk.out/AcmeStack.template.json` beside this file;
 * `npx cdk deploy --context orderFulfillmentAccount=…` in this folder deploys it, when the bus belongs to another account.
 */
import { join } from 'node:path';
import { ClientSubscription } from '@commerce/infra/client-subscription';
import { makeConsumerRole } from '@commerce/infra/roles';
import { SubscriptionAlarms } from '@commerce/infra/subscription-alarms';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';

/** The name of the queue that acme's rule fills. */
export const QUEUE_NAME = 'acme-fulfillment-events';

/** Writes the template into the folder; gives its path. `context` stands for what the command line says. */
export function synthesise(outputFolder: string, context: Readonly<Record<string, string>> = {}): string {
  const app = new App({ outdir: outputFolder, analyticsReporting: false, context });
  const busAccount: unknown = app.node.tryGetContext('orderFulfillmentAccount');
  const stack = new Stack(app, 'AcmeStack', { description: 'acme: its subscription to fulfillment outcomes' });
  const subscription = new ClientSubscription(stack, 'Fulfillment', {
    clientId: 'acme', name: QUEUE_NAME, busAccount: typeof busAccount === 'string' ? busAccount : undefined,
  });
  makeConsumerRole(stack, { name: 'acme-consumer', queue: subscription.queue });
  new SubscriptionAlarms(stack, 'Alarms', { subscription });
  new CfnOutput(stack, 'QueueUrl', { value: subscription.queue.queueUrl });
  return app.synth().getStackByName(stack.stackName).templateFullPath;
}

if (import.meta.main) synthesise(join(import.meta.dirname, 'cdk.out'));
