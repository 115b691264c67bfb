// The local EventBridge and SQS as a process of the local stack, provisioned from the templates that CDK synthesises at each start:
// what is added to the CDK app is there without a further word. Queues live in its memory; when it is killed they are empty.
import { synthesise } from '@commerce/infra/app';
import { startLocalAws } from '@commerce/local-aws/server';
import { declareConfig, integer, readConfig } from '@commerce/service-kit/config';
import { runMain } from '@commerce/service-kit/lifecycle';
import { createLogger } from '@commerce/service-kit/logging';

const declaration = declareConfig('The local AWS', {
  port: integer('AWS_PORT', { meaning: 'port on 127.0.0.1, 0 takes a free one', default: 4566, maximum: 65_535 }),
});

const log = createLogger({ name: 'local-aws', fields: ['bus', 'rule', 'target'] });

await runMain(
  async ({ env }) => {
    const { port } = readConfig(declaration, env);
    const aws = await startLocalAws({
      port,
      templates: synthesise(),
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
