/** The variables of the API side for updates. */
import { integer } from '@commerce/service-kit/config';

export const UPDATES_VARIABLES = {
  grpcPort: integer('CC_GRPC_PORT', {
    meaning: 'Port of the gRPC server that takes updates of payments, beside the role api; 0 takes a free one. Without it there is none.',
    maximum: 65_535,
    optional: true,
  }),
};
