/**
 * The CDK app of acme, a further client of Order Fulfillment: its subscription to the outcomes of its own fulfillments, and
 * nothing else. `node docs/examples/acme/app.ts` writes `cdk.out/AcmeStack.template.json` beside this file.
 */
import { join } from 'node:path';
import { ClientSubscription } from '@commerce/infra/client-subscription';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';

/** The name of the queue that acme's rule fills. */
export const QUEUE_NAME = 'acme-fulfillment-events';

/** Writes the template into the folder; gives its path. */
export function synthesise(outputFolder: string): string {
  const app = new App({ outdir: outputFolder, analyticsReporting: false });
  const stack = new Stack(app, 'AcmeStack', { description: 'acme: its subscription to fulfillment outcomes' });
  const { queue } = new ClientSubscription(stack, 'Fulfillment', { clientId: 'acme', name: QUEUE_NAME });
  new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
  return app.synth().getStackByName(stack.stackName).templateFullPath;
}

if (import.meta.main) synthesise(join(import.meta.dirname, 'cdk.out'));
