// The local EventBridge and SQS as a process of the local stack, provisioned from the templates that CDK synthesises at each start:
// what is added to the CDK app is there without a further word. The stacks of further clients come as files (EXTRA_STACKS).
// Queues live in its memory; when it is killed they are empty.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { synthesise } from '@commerce/infra/app';
import type { StackTemplate } from '@commerce/infra/app';
import { startLocalAws } from '@commerce/local-aws/server';
import { declareConfig, integer, readConfig, text } from '@commerce/service-kit/config';
import { runMain } from '@commerce/service-kit/lifecycle';
import { createLogger } from '@commerce/service-kit/logging';

const declaration = declareConfig('The local AWS', {
  port: integer('AWS_PORT', { meaning: 'port on 127.0.0.1, 0 takes a free one', default: 4566, maximum: 65_535 }),
  extraStacks: text('EXTRA_STACKS', { meaning: 'templates to set up beside those of the CDK app, paths with commas between them', optional: true }),
});

const log = createLogger({ name: 'local-aws', fields: ['bus', 'rule', 'target'] });

await runMain(
  async ({ env }) => {
    const { port, extraStacks } = readConfig(declaration, env);
    const aws = await startLocalAws({
      port,
      templates: [...synthesise(), ...(extraStacks?.split(',') ?? []).map(readTemplate)],
      surroundings: { log: { warn: (message, details) => log.warn(details, message) } },
    });
    const output = (stack: string, name: string): string => {
      const value = aws.outputs[stack]?.[name];
      if (value === undefined) throw new Error(`the CDK app has no output ${name} in the stack ${stack}`);
      return value;
    };
    const announce = {
      url: aws.url,
      buses: { cc: output('CommerceCoordinatorStack', 'BusName'), of: output('OrderFulfillmentStack', 'BusName') },
      queueUrl: output('CommerceCoordinatorStack', 'FulfillmentQueueUrl'),
    };
    return { announce, stop: () => aws.close() };
  },
  { log },
);

/** A template is set up as the stack that its file is named after: `<stack>.template.json`, as CDK writes it. */
function readTemplate(path: string): StackTemplate {
  return { stackName: basename(path).replace(/(\.template)?\.json$/, ''), template: JSON.parse(readFileSync(path, 'utf8')) as StackTemplate['template'] };
}
