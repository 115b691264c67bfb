// The local EventBridge and SQS as a process of the local stack, with the stacks of the CDK app and those that EXTRA_STACKS names.
// Queues live in its memory; when it is killed they are empty.
import { startLocalAws } from '@commerce/local-aws/server';
import { declareConfig, integer, readConfig, text } from '@commerce/service-kit/config';
import { runMain } from '@commerce/service-kit/lifecycle';
import { createLogger } from '@commerce/service-kit/logging';
import { placesIn, stackTemplates } from '../stack-templates.ts';

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
      templates: stackTemplates(extraStacks?.split(',') ?? []),
      surroundings: { log: { warn: (message, details) => log.warn(details, message) } },
    });
    return { announce: { url: aws.url, ...placesIn(aws.outputs) }, stop: () => aws.close() };
  },
  { log },
);
