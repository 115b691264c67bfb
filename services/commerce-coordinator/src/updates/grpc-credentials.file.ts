/**
 * How the two ends of gRPC speak: with TLS, or in clear where nobody can listen.
 *
 * Promise: in production nothing goes in clear over a network: what is not TLS stays on this machine, or the start is refused. Files are
 * read once, at the start: a certificate that is renewed is used from the next start on.
 */
import { readFileSync } from 'node:fs';
import { credentials, ServerCredentials } from '@grpc/grpc-js';
import type { ChannelCredentials } from '@grpc/grpc-js';

export interface GrpcServerSettings {
  readonly environment: string;
  /** On which it listens. */
  readonly host: string;
  /** Paths of PEM files: the certificate with those that lead to its authority, and its key. */
  readonly grpcCertFile: string | undefined;
  readonly grpcKeyFile: string | undefined;
}

export interface GrpcClientSettings {
  readonly environment: string;
  /** Host and port. */
  readonly apiGrpcAddress: string;
  readonly apiGrpcTls: boolean;
  /** Path of a PEM file of the authorities that sign the server's certificate; those that are known to everybody when left out. */
  readonly apiGrpcCaFile: string | undefined;
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|\[?::1\]?|localhost)$/;

/** Throws when these settings do not hold together. */
export function grpcServerCredentials({ environment, host, grpcCertFile, grpcKeyFile }: GrpcServerSettings): ServerCredentials {
  if (grpcCertFile !== undefined && grpcKeyFile !== undefined) {
    const pair = { cert_chain: read('CC_GRPC_CERT_FILE', grpcCertFile), private_key: read('CC_GRPC_KEY_FILE', grpcKeyFile) };
    return told('CC_GRPC_CERT_FILE and CC_GRPC_KEY_FILE are no certificate and its key.', () => ServerCredentials.createSsl(null, [pair], false));
  }
  if (grpcCertFile !== undefined || grpcKeyFile !== undefined) throw new Error('CC_GRPC_CERT_FILE and CC_GRPC_KEY_FILE go together: set both or none.');
  if (environment === 'production' && !LOOPBACK.test(host)) {
    throw new Error('In production gRPC is taken with TLS: set CC_GRPC_CERT_FILE and CC_GRPC_KEY_FILE, or CC_HOST to an address of this machine alone.');
  }
  return ServerCredentials.createInsecure();
}

/** Throws when these settings do not hold together. */
export function grpcClientCredentials({ environment, apiGrpcAddress, apiGrpcTls, apiGrpcCaFile }: GrpcClientSettings): ChannelCredentials {
  if (apiGrpcTls) {
    const ca = apiGrpcCaFile === undefined ? undefined : read('API_GRPC_CA_FILE', apiGrpcCaFile);
    return told('API_GRPC_CA_FILE is no file of certificates.', () => credentials.createSsl(ca));
  }
  if (apiGrpcCaFile !== undefined) throw new Error('API_GRPC_CA_FILE is set and API_GRPC_TLS is not true: without TLS nobody shows a certificate.');
  const host = apiGrpcAddress.slice(0, apiGrpcAddress.lastIndexOf(':'));
  if (environment === 'production' && !LOOPBACK.test(host)) throw new Error('In production gRPC is spoken with TLS: set API_GRPC_TLS=true, and API_GRPC_CA_FILE for authorities of your own.');
  return credentials.createInsecure();
}

function read(name: string, path: string): Buffer {
  return told(`${name} must be the path of a PEM file that this process may read.`, () => readFileSync(path));
}

function told<Result>(fault: string, make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    throw new Error(fault, { cause: error });
  }
}
