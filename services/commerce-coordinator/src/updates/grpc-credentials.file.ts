/**
 * How the two ends of gRPC speak: with TLS, or in clear where nobody can listen.
 *
 * Promise: in production nothing goes in clear over a network: what is not TLS stays on this machine, or the start is refused. Files are
 * read once, at the start: a certificate that is renewed is used from the next start on.
 */
import { X509Certificate } from 'node:crypto';
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
  /** Path of a PEM file of the authorities by which whoever calls must show a certificate; nobody need show one when left out. */
  readonly grpcClientCaFile: string | undefined;
}

export interface GrpcClientSettings {
  readonly environment: string;
  /** Host and port. */
  readonly apiGrpcAddress: string;
  readonly apiGrpcTls: boolean;
  /** Path of a PEM file of the authorities that sign the server's certificate; those that are known to everybody when left out. */
  readonly apiGrpcCaFile: string | undefined;
  /** Paths of PEM files: the certificate that the ingest shows, and its key. */
  readonly apiGrpcCertFile: string | undefined;
  readonly apiGrpcKeyFile: string | undefined;
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|\[?::1\]?|localhost)$/;

/** Throws when these settings do not hold together. */
export function grpcServerCredentials({ environment, host, grpcCertFile, grpcKeyFile, grpcClientCaFile }: GrpcServerSettings): ServerCredentials {
  if (grpcCertFile !== undefined && grpcKeyFile !== undefined) {
    const pair = { cert_chain: read('CC_GRPC_CERT_FILE', grpcCertFile), private_key: read('CC_GRPC_KEY_FILE', grpcKeyFile) };
    const authorities = grpcClientCaFile === undefined ? null : authoritiesIn('CC_GRPC_CLIENT_CA_FILE', grpcClientCaFile);
    return told('CC_GRPC_CERT_FILE and CC_GRPC_KEY_FILE are no certificate and its key.', () => ServerCredentials.createSsl(authorities, [pair], authorities !== null));
  }
  if (grpcClientCaFile !== undefined) throw new Error('CC_GRPC_CLIENT_CA_FILE is set and CC_GRPC_CERT_FILE is not: without TLS nobody shows a certificate.');
  if (grpcCertFile !== undefined || grpcKeyFile !== undefined) throw new Error('CC_GRPC_CERT_FILE and CC_GRPC_KEY_FILE go together: set both or none.');
  if (environment === 'production' && !LOOPBACK.test(host)) {
    throw new Error('In production gRPC is taken with TLS: set CC_GRPC_CERT_FILE and CC_GRPC_KEY_FILE, or CC_HOST to an address of this machine alone.');
  }
  return ServerCredentials.createInsecure();
}

/** Throws when these settings do not hold together. */
export function grpcClientCredentials({ environment, apiGrpcAddress, apiGrpcTls, apiGrpcCaFile, apiGrpcCertFile, apiGrpcKeyFile }: GrpcClientSettings): ChannelCredentials {
  if ((apiGrpcCertFile === undefined) !== (apiGrpcKeyFile === undefined)) throw new Error('API_GRPC_CERT_FILE and API_GRPC_KEY_FILE go together: set both or none.');
  if (apiGrpcTls) {
    const ca = apiGrpcCaFile === undefined ? undefined : authoritiesIn('API_GRPC_CA_FILE', apiGrpcCaFile);
    const [cert, key] = [apiGrpcCertFile && read('API_GRPC_CERT_FILE', apiGrpcCertFile), apiGrpcKeyFile && read('API_GRPC_KEY_FILE', apiGrpcKeyFile)];
    return told('API_GRPC_CERT_FILE and API_GRPC_KEY_FILE are no certificate and its key.', () => (cert && key ? credentials.createSsl(ca, key, cert) : credentials.createSsl(ca)));
  }
  const set = Object.entries({ API_GRPC_CA_FILE: apiGrpcCaFile, API_GRPC_CERT_FILE: apiGrpcCertFile }).find(([, path]) => path !== undefined);
  if (set !== undefined) throw new Error(`${set[0]} is set and API_GRPC_TLS is not true: without TLS nobody shows a certificate.`);
  const host = apiGrpcAddress.slice(0, apiGrpcAddress.lastIndexOf(':'));
  if (environment === 'production' && !LOOPBACK.test(host)) throw new Error('In production gRPC is spoken with TLS: set API_GRPC_TLS=true, and API_GRPC_CA_FILE for authorities of your own.');
  return credentials.createInsecure();
}

/** Whatever is no certificate would be an empty list, by which nobody is known. */
function authoritiesIn(name: string, path: string): Buffer {
  const pem = read(name, path);
  return told(`${name} is no file of certificates.`, () => {
    new X509Certificate(pem);
    return pem;
  });
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
