// What `stack.json` says about a running stack: where each part answers and how to authenticate. Secret, hence a private file.
import { z } from 'zod';

export const stackDescriptionSchema = z.strictObject({
  cc: z.url(),
  of: z.url(),
  issuer: z.url(),
  aws: z.url(),
  lms: z.url(),
  payments: z.url(),
  /** Where webhooks of payment providers are taken (`{url}/webhooks/payments/…`), and what signs those of each provider. */
  ingest: z.strictObject({ url: z.url(), secrets: z.strictObject({ standard: z.string(), stripe: z.string() }) }),
  /** Only in a stack with a lab: what breaks parts on purpose, and the demo's webhook receiver. */
  lab: z.strictObject({ url: z.url(), token: z.string() }).optional(),
  receiver: z.url().optional(),
  buses: z.strictObject({ cc: z.string(), of: z.string() }),
  queueUrl: z.url(),
  clients: z.record(z.string(), z.strictObject({ secret: z.string(), scopes: z.array(z.string()) })),
  /** Who may sign in at the dashboard, by the login page of the issuer: viewer, operator, admin. */
  users: z.record(z.string(), z.strictObject({ password: z.string() })),
  /** Doors that no client of the services has: for the demo's own check and for a look inside. */
  inside: z.strictObject({ ccDatabaseUrl: z.string(), ofDatabaseUrl: z.string(), lmsApiKey: z.string(), paymentsApiKey: z.string(), outbox: z.string(), logs: z.string() }),
});

export type StackDescription = z.infer<typeof stackDescriptionSchema>;
