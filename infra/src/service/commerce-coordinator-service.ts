/** Commerce Coordinator as a service on AWS: the API, the consumer of its queue, and the readers that handle and publish. */
import type { App, StackProps } from 'aws-cdk-lib';
import { queueUrl, roleArn } from '../arns.ts';
import { busQueueEnvironment } from '../bus-queues.ts';
import { COMMERCE_COORDINATOR, ORDER_FULFILLMENT, roleName, subscriptionName } from '../names.ts';
import { ServiceStack, type ServiceSettings } from './service-stack.ts';

export interface CommerceCoordinatorServiceSettings extends ServiceSettings {
  readonly issuerUrl: string;
  /** Order Fulfillment's API, and the audience of tokens for it. */
  readonly fulfillmentUrl: string;
  readonly paymentsUrl: string;
  /** The account that owns Order Fulfillment's bus, and the role that replays its archive. @default the account of the stack */
  readonly orderFulfillmentAccount?: string | undefined;
}

/** The secret variables that Commerce Coordinator must have here. Without SMTP_URL it would write e-mails into files, and a task cannot; without SEAL_KEY the heads of the sealed log were not signed. */
export const COMMERCE_COORDINATOR_SECRETS = ['INGEST_CLIENT_SECRET', 'OF_CLIENT_SECRET', 'PAYMENTS_API_KEY', 'PAYMENTS_WEBHOOK_SECRET', 'PERSONAL_DATA_KEY', 'SEAL_KEY', 'SMTP_URL', 'WEBHOOK_SECRETS_KEY'] as const;
const PORT = 3000;
const QUEUE = subscriptionName(COMMERCE_COORDINATOR.clientId);

export function makeCommerceCoordinatorService(app: App, settings: CommerceCoordinatorServiceSettings, props: StackProps): ServiceStack {
  return new ServiceStack(app, {
    ...props, stackName: COMMERCE_COORDINATOR.serviceStack, name: COMMERCE_COORDINATOR.bus, settings, port: PORT, secretVariables: COMMERCE_COORDINATOR_SECRETS,
    environment: (stack) => ({
      CC_HOST: '0.0.0.0', CC_PORT: String(PORT), CC_URL: settings.url, ISSUER_URL: settings.issuerUrl, OF_URL: settings.fulfillmentUrl,
      OF_CLIENT_ID: COMMERCE_COORDINATOR.clientId, PAYMENTS_URL: settings.paymentsUrl, EVENT_BUS_NAME: COMMERCE_COORDINATOR.bus, FULFILLMENT_QUEUE_URL: queueUrl(stack, QUEUE),
      REPLAY_ROLE_ARN: roleArn(stack, roleName(ORDER_FULFILLMENT, 'operations'), { account: settings.orderFulfillmentAccount }),
      ...busQueueEnvironment(stack, COMMERCE_COORDINATOR, settings.bus ?? {}),
    }),
    parts: [
      { part: 'api', roles: 'api,ingest', role: roleName(COMMERCE_COORDINATOR, 'operations') },
      { part: 'consumer', role: roleName(COMMERCE_COORDINATOR, 'consumer'), scaleOnAgeOf: QUEUE },
      { part: 'readers', role: roleName(COMMERCE_COORDINATOR, 'publisher') },
    ],
  });
}
