// What is set up on the AWS of a local stack: the templates that CDK synthesises at each start, so that what is added to the CDK app
// is there without a further word, then those of further clients, which come as files. And what the pair needs to know of them.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { synthesise } from '@commerce/infra/app';
import type { StackTemplate } from '@commerce/infra/app';
import { COMMERCE_COORDINATOR, ORDER_FULFILLMENT } from '@commerce/infra/names';

/** Values by stack and name, as CloudFormation gives them. */
export type StackOutputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What both services are told of the AWS that they use. */
export type AwsPlaces = { readonly buses: { readonly cc: string; readonly of: string }; readonly queueUrl: string };

/** The pair's templates in the order in which they are set up, then those in these files. */
export function stackTemplates(extraPaths: readonly string[]): StackTemplate[] {
  return [...synthesise(), ...extraPaths.map(readTemplate)];
}

/** A template is set up as the stack that its file is named after: `<stack>.template.json`, as CDK writes it. */
function readTemplate(path: string): StackTemplate {
  return { stackName: basename(path).replace(/(\.template)?\.json$/, ''), template: JSON.parse(readFileSync(path, 'utf8')) as StackTemplate['template'] };
}

/** Throws when the stacks do not say what the services need. */
export function placesIn(outputs: StackOutputs): AwsPlaces {
  const output = (stack: string, name: string): string => {
    const value = outputs[stack]?.[name];
    if (value === undefined) throw new Error(`the CDK app has no output ${name} in the stack ${stack}`);
    return value;
  };
  return {
    buses: { cc: output(COMMERCE_COORDINATOR.stack, 'BusName'), of: output(ORDER_FULFILLMENT.stack, 'BusName') },
    queueUrl: output(COMMERCE_COORDINATOR.stack, 'FulfillmentQueueUrl'),
  };
}
