/** gRPC between ingest and API side with TLS, by the settings of both: a real server, a real client, certificates of the test's own. */
import { uuid7 } from '@commerce/events/uuid7';
import { testCertificates } from '@commerce/service-kit/test-certificates';
import type { TestCertificates } from '@commerce/service-kit/test-certificates';
import { namedTokens } from '@commerce/service-kit/test-tokens';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createGrpcClient } from '../ingest/client.grpc.ts';
import { ORDER } from '../ingest/test-updates.ts';
import { grpcClientCredentials, grpcServerCredentials } from './grpc-credentials.file.ts';
import type { GrpcClientSettings, GrpcServerSettings } from './grpc-credentials.file.ts';
import { startGrpcServer } from './server.grpc.ts';
import type { UpdateAnswer } from './update.ts';

let certificates: TestCertificates;
beforeAll(() => {
  certificates = testCertificates();
});
afterAll(() => certificates.remove());
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const server = (given: Partial<GrpcServerSettings> = {}): GrpcServerSettings => ({ environment: 'production', host: '127.0.0.1', grpcCertFile: undefined, grpcKeyFile: undefined, grpcClientCaFile: undefined, ...given });
const client = (given: Partial<GrpcClientSettings> = {}): GrpcClientSettings => ({ environment: 'production', apiGrpcAddress: 'api.example:3010', apiGrpcTls: false, apiGrpcCaFile: undefined, apiGrpcCertFile: undefined, apiGrpcKeyFile: undefined, ...given });
const secured = (): GrpcServerSettings => server({ grpcCertFile: certificates.certFile, grpcKeyFile: certificates.keyFile });

/** What becomes of one update between a server and a client with these settings, and how many the server took. */
async function send(ofServer: GrpcServerSettings, ofClient: Partial<GrpcClientSettings>): Promise<[string, number]> {
  let taken = 0;
  const process = async (): Promise<UpdateAnswer> => {
    taken += 1;
    return { verdict: 'applied' };
  };
  const { address, stop } = await startGrpcServer({
    updates: { processOrderUpdate: process, processDisputeUpdate: process }, auth: namedTokens, host: '127.0.0.1', port: 0, credentials: grpcServerCredentials(ofServer), uuid: () => uuid7(Date.now()), nowMs: Date.now,
    logger: { error: () => undefined }, graceMs: 500,
  });
  open.push(stop);
  const apiGrpcAddress = address.replace('127.0.0.1', 'localhost');
  const tokens = { get: async () => 'ingest;updates:write', drop: () => false, close: async () => undefined };
  const sender = createGrpcClient({ address: apiGrpcAddress, credentials: grpcClientCredentials(client({ apiGrpcAddress, ...ofClient })), tokens, timeoutMs: 3_000, nowMs: Date.now });
  open.push(() => sender.close());
  const told = await sender.sendOrderUpdate(ORDER, { signal: AbortSignal.timeout(3_000), leftMs: () => 3_000, correlationId: uuid7(Date.now()) }).catch((error: Error) => error.name);
  return [told, taken];
}

describe('An update over gRPC with TLS', () => {
  test('is taken by the server whose certificate its authority has signed', async () => {
    expect(await send(secured(), { apiGrpcTls: true, apiGrpcCaFile: certificates.caFile })).toEqual(['accepted', 1]);
  });

  test('goes to no server that another authority vouches for, or nobody', async () => {
    expect(await send(secured(), { apiGrpcTls: true, apiGrpcCaFile: certificates.otherCaFile })).toEqual(['ErrServiceUnavailable', 0]);
    expect(await send(secured(), { apiGrpcTls: true })).toEqual(['ErrServiceUnavailable', 0]);
    expect(await send(server(), { apiGrpcTls: true, apiGrpcCaFile: certificates.caFile })).toEqual(['ErrServiceUnavailable', 0]);
  });

  test('is not taken in clear by a server with a certificate', async () => {
    expect(await send(secured(), {})).toEqual(['ErrServiceUnavailable', 0]);
  });
});

describe('An update over gRPC where callers must show a certificate', () => {
  const asking = (): GrpcServerSettings => ({ ...secured(), grpcClientCaFile: certificates.caFile });
  const trusting = () => ({ apiGrpcTls: true, apiGrpcCaFile: certificates.caFile });

  test('is taken from an ingest whose certificate the authority has signed', async () => {
    expect(await send(asking(), { ...trusting(), apiGrpcCertFile: certificates.certFile, apiGrpcKeyFile: certificates.keyFile })).toEqual(['accepted', 1]);
  });

  test('is taken from nobody else, whatever token it has', async () => {
    expect(await send(asking(), trusting())).toEqual(['ErrServiceUnavailable', 0]);
    expect(await send(asking(), { ...trusting(), apiGrpcCertFile: certificates.strangerCertFile, apiGrpcKeyFile: certificates.strangerKeyFile })).toEqual(['ErrServiceUnavailable', 0]);
  });
});

describe('In production, gRPC in clear', () => {
  test('is refused but on this machine', () => {
    expect(() => grpcServerCredentials(server({ host: '0.0.0.0' }))).toThrow('CC_GRPC_CERT_FILE');
    expect(() => grpcClientCredentials(client())).toThrow('API_GRPC_TLS=true');
    for (const host of ['127.0.0.1', 'localhost', '::1', '127.1.2.3']) expect(grpcServerCredentials(server({ host }))._isSecure()).toBe(false);
    for (const apiGrpcAddress of ['127.0.0.1:1', 'localhost:3010', '[::1]:3010']) expect(grpcClientCredentials(client({ apiGrpcAddress }))._isSecure()).toBe(false);
  });

  test.each(['127.0.0.1.example:3010', 'localhost.example:3010', '10.0.0.1:3010', 'dns:///api:3010'])('is refused to %s', (apiGrpcAddress) => {
    expect(() => grpcClientCredentials(client({ apiGrpcAddress }))).toThrow('API_GRPC_TLS=true');
  });

  test('is what development has', () => {
    expect(grpcServerCredentials(server({ environment: 'development', host: '0.0.0.0' }))._isSecure()).toBe(false);
    expect(grpcClientCredentials(client({ environment: 'development' }))._isSecure()).toBe(false);
  });
});

test.each<[string, () => unknown, string]>([
  ['a certificate without its key', () => grpcServerCredentials(server({ grpcCertFile: certificates.certFile })), 'go together'],
  ['a key without its certificate', () => grpcServerCredentials(server({ grpcKeyFile: certificates.keyFile })), 'go together'],
  ['a file that is not there', () => grpcServerCredentials(server({ grpcCertFile: '/nowhere', grpcKeyFile: certificates.keyFile })), 'CC_GRPC_CERT_FILE must be'],
  ['authorities of callers without a certificate of its own', () => grpcServerCredentials(server({ grpcClientCaFile: certificates.caFile })), 'CC_GRPC_CERT_FILE is not'],
  ['authorities of callers that are none', () => grpcServerCredentials({ ...secured(), grpcClientCaFile: certificates.keyFile }), 'CC_GRPC_CLIENT_CA_FILE is no file'],
  ['a certificate of the ingest without its key', () => grpcClientCredentials(client({ apiGrpcTls: true, apiGrpcCertFile: certificates.certFile })), 'go together'],
  ['a certificate of the ingest without TLS', () => grpcClientCredentials(client({ apiGrpcCertFile: certificates.certFile, apiGrpcKeyFile: certificates.keyFile })), 'API_GRPC_CERT_FILE is set'],
  ['authorities without TLS', () => grpcClientCredentials(client({ apiGrpcCaFile: certificates.caFile })), 'API_GRPC_TLS is not true'],
  ['authorities that are not there', () => grpcClientCredentials(client({ apiGrpcTls: true, apiGrpcCaFile: '/nowhere' })), 'API_GRPC_CA_FILE must be'],
])('%s refuses the start', (_what, make, fault) => {
  expect(make).toThrow(fault);
});
