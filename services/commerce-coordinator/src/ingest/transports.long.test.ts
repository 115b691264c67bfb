/** The suite of all ways, over HTTP and over gRPC. That over Kafka stands with the tests that need a broker. */
import { freePort } from '@commerce/service-kit/test-process';
import { describeTransport } from './test-transports.ts';

const nothing = async (): Promise<void> => undefined;

describeTransport({ mode: 'http', answersFirst: false, start: async () => ({ environment: {}, stop: nothing }) });
describeTransport({
  mode: 'grpc', answersFirst: false,
  start: async () => {
    const port = String(await freePort());
    return { environment: { CC_GRPC_PORT: port, API_GRPC_ADDRESS: `127.0.0.1:${port}` }, stop: nothing };
  },
});
