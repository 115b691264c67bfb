/** Order Fulfillment as a service on AWS: the API, and the readers that carry requests out and publish. */
import type { App, StackProps } from 'aws-cdk-lib';
import { busQueueEnvironment } from '../bus-queues.ts';
import { ORDER_FULFILLMENT, roleName } from '../names.ts';
import { ServiceStack, type ServiceSettings } from './service-stack.ts';

export interface OrderFulfillmentServiceSettings extends ServiceSettings {
  readonly issuerUrl: string;
  readonly lmsUrl: string;
}

/** The secret variables that Order Fulfillment must have. */
export const ORDER_FULFILLMENT_SECRETS = ['CLIENT_SECRETS_KEY', 'LMS_API_KEY', 'LMS_CALLBACK_SECRET', 'SEAL_KEY'] as const;
const PORT = 3001;

export function makeOrderFulfillmentService(app: App, settings: OrderFulfillmentServiceSettings, props: StackProps): ServiceStack {
  return new ServiceStack(app, {
    ...props, stackName: ORDER_FULFILLMENT.serviceStack, name: ORDER_FULFILLMENT.bus, settings, port: PORT, secretVariables: ORDER_FULFILLMENT_SECRETS,
    environment: (stack) => ({
      OF_HOST: '0.0.0.0', OF_PORT: String(PORT), OF_URL: settings.url, ISSUER_URL: settings.issuerUrl, LMS_URL: settings.lmsUrl, EVENT_BUS_NAME: ORDER_FULFILLMENT.bus,
      ...busQueueEnvironment(stack, ORDER_FULFILLMENT, settings.bus ?? {}),
    }),
    parts: [
      { part: 'api', role: roleName(ORDER_FULFILLMENT, 'api') },
      { part: 'readers', role: roleName(ORDER_FULFILLMENT, 'publisher') },
    ],
  });
}
