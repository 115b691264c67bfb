// Every variable of the local stack (`pnpm dev`, `pnpm demo`): meaning, default, limits.
import { declareConfig, integer, text, url } from '@commerce/service-kit/config';

const port = (name: string, service: string, byDefault: number) =>
  integer(name, { meaning: `port of ${service} on 127.0.0.1, 0 takes a free one`, default: byDefault, maximum: 65_535 });

export const stackDeclaration = declareConfig('The local stack', {
  dataDirectory: text('DATA_DIR', { meaning: 'folder of databases, keys, logs and stack.json', default: '.data' }),
  ccPort: port('CC_PORT', 'Commerce Coordinator', 3000),
  ofPort: port('OF_PORT', 'Order Fulfillment', 3001),
  issuerPort: port('ISSUER_PORT', 'the token issuer', 3002),
  lmsPort: port('LMS_PORT', 'the LMS stand-in', 3003),
  paymentsPort: port('PAYMENTS_PORT', 'the payment stand-in', 3004),
  receiverPort: port('RECEIVER_PORT', 'the webhook receiver', 3005),
  awsPort: port('AWS_PORT', 'the local EventBridge and SQS', 4566),
  localStackUrl: url('LOCALSTACK_URL', {
    meaning: 'a LocalStack of your own instead of the embedded EventBridge and SQS: the stacks are deployed there, and what was there of them is deleted (docs/localstack.md)',
    protocols: ['http', 'https'],
    optional: true,
  }),
  extraStacks: text('EXTRA_STACKS', {
    meaning: 'CloudFormation templates of further clients, paths with commas between them: the local AWS sets them up beside the two of the pair',
    optional: true,
  }),
  databaseUrl: url('DATABASE_URL', {
    meaning: 'a PostgreSQL server of your own instead of the embedded one: its user makes and owns the databases commerce_coordinator and order_fulfillment',
    protocols: ['postgres', 'postgresql'],
    optional: true,
    secret: true,
  }),
  lmsFaults: text('LMS_FAULTS', { meaning: 'how the LMS stand-in misbehaves, JSON, see infra/local/src/stand-ins/lms/CONTRACT.md', default: '{}' }),
  paymentsFaults: text('PAYMENTS_FAULTS', { meaning: 'how the payment stand-in misbehaves, JSON, see infra/local/src/stand-ins/payments/CONTRACT.md', default: '{}' }),
});
