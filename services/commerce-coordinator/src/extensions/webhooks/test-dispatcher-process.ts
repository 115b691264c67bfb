/** For a test: a dispatcher as a process of its own, on the database of DATABASE_URL. Says `started` once it takes deliveries; on SIGTERM it goes in order. */
import { randomBytes } from 'node:crypto';
import { systemPorts } from '@commerce/service-kit/ports';
import { uuid7 } from '@commerce/events/uuid7';
import pg from 'pg';
import { createAddressGuard } from './address-guard/address-guard.http.ts';
import { Dispatcher } from './delivery/dispatcher.ts';
import { Registry } from './delivery/registry.ts';
import { Sender } from './delivery/sender.http.ts';
import { createSecretsBox } from './secrets.ts';

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 5, pipeline: true });
pool.on('error', () => undefined);
const ports = systemPorts({ uuid: () => uuid7(Date.now()) });
const monotonicMs = (): number => performance.now();
const sender = new Sender({
  guard: createAddressGuard({ allowedNetworks: '127.0.0.0/8', allowHttp: true }), secrets: createSecretsBox(process.env['WEBHOOK_SECRETS_KEY'] ?? '', randomBytes), monotonicMs, nowMs: Date.now,
});
const dispatcher = new Dispatcher({
  db: pool, registry: new Registry(), sender, monotonicMs, sleep: ports.sleep, random: Math.random, makeId: ports.uuid, logger: { warn: () => undefined }, onUnwell: async () => undefined,
});
await dispatcher.start();
process.once('SIGTERM', () => void dispatcher.stop().then(() => process.exit()));
process.stdout.write('started\n');
