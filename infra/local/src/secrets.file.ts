// The secrets of the local stack that no other file keeps: made at first start, kept in `<data directory>/secrets.json`.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { readJsonFile, writePrivateFile } from './private-file.ts';

const secretsSchema = z.strictObject({
  ccDatabasePassword: z.string().min(16),
  ofDatabasePassword: z.string().min(16),
  lmsApiKey: z.string().min(16),
  /** `whsec_` + base64 of 32 bytes. */
  lmsCallbackSecret: z.string().startsWith('whsec_'),
  paymentsApiKey: z.string().min(16),
  /** `whsec_` + base64 of 32 bytes. */
  paymentsWebhookSecret: z.string().startsWith('whsec_'),
  /** Of the Stripe API of the payment stand-in. */
  stripeApiKey: z.string().min(16),
  /** Of webhooks in the manner of Stripe: `whsec_` + base64 of 32 bytes. */
  stripeWebhookSecret: z.string().startsWith('whsec_'),
  /** Signs what Commerce Coordinator sends to the demo's webhook receiver: `whsec_` + base64 of 32 bytes. */
  receiverSecret: z.string().startsWith('whsec_'),
  /** Under which Order Fulfillment keeps the secrets of its clients: base64 of 32 bytes. */
  clientSecretsKey: z.base64().length(44),
  /** Under which Commerce Coordinator keeps the secrets of webhooks: base64 of 32 bytes. */
  webhookSecretsKey: z.base64().length(44),
  /** `whsec_` + base64 of 32 bytes. */
  webhookInboundSecret: z.string().startsWith('whsec_'),
  /** By which each service signs the heads of its log: base64 of 32 bytes. */
  ccSealKey: z.base64().length(44),
  ofSealKey: z.base64().length(44),
  /** Under which Commerce Coordinator keeps the keys of its customers: base64 of 32 bytes. */
  personalDataKey: z.base64().length(44),
  /** Signs what the ingest writes to Kafka: base64 of 32 bytes. */
  updatesKey: z.base64().length(44),
});

export type LocalSecrets = z.infer<typeof secretsSchema>;

/** The kept secrets; what is missing is made and written. */
export function loadSecrets(dataDirectory: string): LocalSecrets {
  const path = join(dataDirectory, 'secrets.json');
  const known = secretsSchema.partial().parse(readJsonFile(path) ?? {});
  const secrets = secretsSchema.parse({ ...newSecrets(), ...known });
  if (Object.keys(known).length < Object.keys(secrets).length) writePrivateFile(path, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}

function newSecrets(): LocalSecrets {
  const token = (): string => randomBytes(24).toString('base64url');
  return {
    ccDatabasePassword: token(),
    ofDatabasePassword: token(),
    lmsApiKey: token(),
    lmsCallbackSecret: `whsec_${randomBytes(32).toString('base64')}`,
    paymentsApiKey: token(),
    paymentsWebhookSecret: `whsec_${randomBytes(32).toString('base64')}`,
    stripeApiKey: `sk_test_${token()}`,
    stripeWebhookSecret: `whsec_${randomBytes(32).toString('base64')}`,
    receiverSecret: `whsec_${randomBytes(32).toString('base64')}`,
    clientSecretsKey: randomBytes(32).toString('base64'),
    webhookSecretsKey: randomBytes(32).toString('base64'),
    webhookInboundSecret: `whsec_${randomBytes(32).toString('base64')}`,
    ccSealKey: randomBytes(32).toString('base64'),
    ofSealKey: randomBytes(32).toString('base64'),
    personalDataKey: randomBytes(32).toString('base64'),
    updatesKey: randomBytes(32).toString('base64'),
  };
}
