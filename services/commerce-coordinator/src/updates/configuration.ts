/** The variables of the API side for updates. */
import { integer, text } from '@commerce/service-kit/config';

export const UPDATES_VARIABLES = {
  grpcPort: integer('CC_GRPC_PORT', {
    meaning: 'Port of the gRPC server that takes updates of payments, beside the role api; 0 takes a free one. Without it there is none.',
    maximum: 65_535,
    optional: true,
  }),
  grpcCertFile: text('CC_GRPC_CERT_FILE', {
    meaning: 'PEM file of the certificate of the gRPC server, with those that lead to its authority. Without it there is no TLS, which in production is refused but on an address of this machine alone.',
    optional: true,
  }),
  grpcKeyFile: text('CC_GRPC_KEY_FILE', { meaning: 'PEM file of the key of that certificate.', optional: true }),
  grpcClientCaFile: text('CC_GRPC_CLIENT_CA_FILE', { meaning: 'PEM file of the authorities by one of which the certificate of whoever calls over gRPC must be signed. Without it nobody need show one.', optional: true }),
};
