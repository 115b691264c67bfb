/**
 * Buses, queues and what belongs to them, one stack per owner. `node infra/app.ts` writes the templates to infra/cdk.out;
 * `synthesise` gives the same templates to the local stack and to tests. Both stacks go to one account, the one whose credentials
 * deploy them; deploy.ts beside it makes those of two accounts, with the services.
 *
 * CDK checks the templates as it writes them and a finding is an error; `CDK_VALIDATION=false` skips that (3 s of CPU).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { CommerceCoordinatorStack } from './src/commerce-coordinator-stack.ts';
import { OrderFulfillmentStack } from './src/order-fulfillment-stack.ts';

/** A CloudFormation template and the name of its stack. */
export interface StackTemplate {
  readonly stackName: string;
  readonly template: Record<string, unknown>;
}

/** The stacks before they are written. */
export interface Stacks {
  readonly orderFulfillment: OrderFulfillmentStack;
  readonly commerceCoordinator: CommerceCoordinatorStack;
}

export interface SynthesisOptions {
  /** The folder that keeps the assembly. @default none: templates are only returned */
  readonly outputFolder?: string;
  /** Adds to the stacks before they are written. */
  readonly extend?: (stacks: Stacks) => void;
}

const CONTEXT = { '@aws-cdk/core:validateAgainstDefaultRules': true };

/** Makes the templates, in the order in which they are deployed. */
export function synthesise({ outputFolder, extend }: SynthesisOptions = {}): readonly StackTemplate[] {
  const folder = outputFolder ?? mkdtempSync(join(tmpdir(), 'commerce-cdk-'));
  try {
    const app = new App({ outdir: folder, analyticsReporting: false, context: CONTEXT });
    const stacks = buildStacks(app);
    extend?.(stacks);
    return app.synth().stacks.map(({ stackName, template }) => ({ stackName, template: template as Record<string, unknown> }));
  } finally {
    if (outputFolder === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function buildStacks(app: App): Stacks {
  const orderFulfillment = new OrderFulfillmentStack(app);
  const commerceCoordinator = new CommerceCoordinatorStack(app);
  commerceCoordinator.addStackDependency(orderFulfillment);
  return { orderFulfillment, commerceCoordinator };
}

if (import.meta.main) synthesise({ outputFolder: join(import.meta.dirname, 'cdk.out') });
