/**
 * The service of updates.proto as both sides load it. Promise: names in JSON's spelling, what was left out stays out, and whole numbers as
 * numbers, so that a message is judged by the schemas of update.ts.
 */
import { fileURLToPath } from 'node:url';
import { loadPackageDefinition } from '@grpc/grpc-js';
import type { GrpcObject, ServiceClientConstructor, ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { DisputeUpdateRequest, OrderUpdateRequest } from './update.ts';

/** A message as it came: of its types alone it is known that they are those of the proto file. */
export interface GrpcUpdateAnswer {
  readonly verdict: string;
  readonly detail?: string;
}

const PROTO = fileURLToPath(new URL('./updates.proto', import.meta.url));
export const CORRELATION_METADATA = 'x-correlation-id';

const loaded = loadPackageDefinition(loadSync(PROTO, { keepCase: false, longs: Number, enums: String, defaults: false, oneofs: false }));

/** Of the client side: `new UpdatesServiceClient(address, credentials, options)`. */
export const UpdatesServiceClient: ServiceClientConstructor = (((loaded['commerce'] as GrpcObject)['updates'] as GrpcObject)['v1'] as GrpcObject)['UpdatesService'] as ServiceClientConstructor;

export const UPDATES_SERVICE: ServiceDefinition = UpdatesServiceClient.service;

/** What the methods take, by their names in JavaScript. */
export interface UpdateRequests {
  readonly sendOrderUpdate: OrderUpdateRequest;
  readonly sendDisputeUpdate: DisputeUpdateRequest;
}
