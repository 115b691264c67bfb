// The local stack: takes the data directory, chooses ports, starts every part as a process of its own, writes stack.json, and ends
// all in reverse order. It starts services by their main.ts and knows nothing else of them.
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assertBrokers } from './brokers.ts';
import { DATABASES, embeddedUrls, makeDatabases } from './databases.pg.ts';
import type { DatabaseUrls } from './databases.pg.ts';
import { lockDirectory } from './directory-lock.ts';
import type { DirectoryLock } from './directory-lock.ts';
import { loadClients, loadUsers } from './issuer/identity.file.ts';
import type { ClientIdentity } from './issuer/identity.file.ts';
import { BROWSER_CLIENT } from './issuer/scopes.ts';
import type { Lab } from './lab/lab.ts';
import { labAddress, openLab, startProxies } from './lab/open-lab.http.ts';
import type { LabProxies, OpenLab } from './lab/open-lab.http.ts';
import type { Provider } from './northwind.ts';
import { choosePorts } from './ports.ts';
import type { Moved } from './ports.ts';
import { writePrivateFile } from './private-file.ts';
import { loadSecrets } from './secrets.file.ts';
import type { LocalSecrets } from './secrets.file.ts';
import { clientRecords, coordinatorEnvironment, fulfillmentEnvironment } from './service-environment.ts';
import type { Surroundings } from './service-environment.ts';
import { stackDescriptionSchema } from './stack-description.ts';
import type { StackDescription } from './stack-description.ts';
export type { StackDescription } from './stack-description.ts';
import type { Announcement, ProcessEvent, ProcessSpec } from './supervised-process.ts';
import { Supervisor } from './supervisor.ts';

/** How long ports may stay taken after a stack was killed: its processes end by themselves, within their own limits. */
const TAKEOVER_PORT_WAIT_MS = 30_000;
const SERVICE_STOP_TIMEOUT_MS = 28_000;
/** A first start makes the tables, and a busy machine takes its time. */
const SERVICE_START_TIMEOUT_MS = 60_000;

export type StackPorts = { readonly CC_PORT: number; readonly OF_PORT: number; readonly ISSUER_PORT: number; readonly LMS_PORT: number; readonly PAYMENTS_PORT: number; readonly AWS_PORT: number; readonly RECEIVER_PORT?: number };

/** Every port free: what a stack beside another one uses. */
export const FREE_PORTS: StackPorts = { CC_PORT: 0, OF_PORT: 0, ISSUER_PORT: 0, LMS_PORT: 0, PAYMENTS_PORT: 0, AWS_PORT: 0 };

export type StackOptions = {
  readonly dataDirectory: string;
  readonly ports: StackPorts;
  /** A PostgreSQL server of the user's own; the embedded one when left out. */
  readonly databaseUrl?: string | undefined;
  /** A LocalStack of the user's own, without a trailing slash; the embedded EventBridge and SQS when left out. What was deployed there is replaced. */
  readonly localStackUrl?: string | undefined;
  /** JSON, see the LMS stand-in's CONTRACT.md. */
  readonly lmsFaults?: string | undefined;
  /** JSON, see the payment stand-in's CONTRACT.md. */
  readonly paymentsFaults?: string | undefined;
  /** Paths of CloudFormation templates that are set up after those of the pair. */
  readonly extraStacks?: readonly string[] | undefined;
  /** Who delivers which product, for every client of Order Fulfillment. */
  readonly bySku: Readonly<Record<string, Provider>>;
  /** Who delivers every other product; null: nobody, its orders are refused. `instant` when left out. */
  readonly defaultProvider?: Provider | null;
  /** What the processes inherit; each gets its own variables over it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Path of the program that runs in the place of Commerce Coordinator's `main.ts`. */
  readonly coordinatorProgram?: string;
  /** Variables of one service alone, over those that the stack gives it. */
  readonly serviceEnvironment?: { readonly cc?: Readonly<Record<string, string>>; readonly of?: Readonly<Record<string, string>> };
  /** Address of what stands in front of Order Fulfillment, without a trailing slash: what its clients call, and the audience of their tokens. */
  readonly ofFrontUrl?: string;
  /** Addresses beside those of the services for which the issuer gives tokens. */
  readonly audiences?: readonly string[];
  /** How long to wait before a service is started again that ended by itself; growing, by restart-policy.ts, when left out. */
  readonly serviceRestartDelayMs?: number;
  /** Development only: a lab that breaks parts on purpose, with proxies before Order Fulfillment and the embedded database, and a webhook receiver. */
  readonly withLab?: boolean;
  /** Ports that may be another one when they are taken; the others must be free. */
  readonly movablePorts?: readonly (keyof StackPorts)[];
  /** Told of each port that was taken, before anything is started. */
  readonly onMovedPort?: (moved: Moved) => void;
  readonly report?: (event: ProcessEvent) => void;
  /** Aborted to give up the start; what has been started ends. */
  readonly signal?: AbortSignal;
};

export type Stack = {
  readonly description: StackDescription;
  readonly supervisor: Supervisor;
  /** Only where it was asked for. */
  readonly lab: Lab | undefined;
  /** Ends the two services, in order within each, and leaves the rest up, so that what is left can be counted. */
  drain(): Promise<void>;
  /** Ends all; resolves when nothing runs any more and the directory is free. */
  stop(): Promise<void>;
};

/** Starts the stack; throws DirectoryInUse, PortsTaken, NoBroker or StartFailure, and then nothing is left running. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const directory = resolve(options.dataDirectory);
  const lock = await lockDirectory(directory);
  // What a stack that was killed has left behind names addresses at which nobody answers any more.
  rmSync(join(directory, 'stack.json'), { force: true });
  const supervisor = new Supervisor({ logsDirectory: join(directory, 'logs'), ...(options.report ? { report: options.report } : {}) });
  const beside: Beside = {};
  const stop = async (): Promise<void> => {
    // Before all else: what was broken on purpose must not stand in the way of an orderly end.
    await beside.lab?.close();
    await supervisor.stop();
    await beside.proxies?.close();
    rmSync(join(directory, 'stack.json'), { force: true });
    lock.release();
  };
  const drain = async (): Promise<void> => {
    await beside.lab?.close();
    await Promise.all(['commerce-coordinator', 'order-fulfillment'].map((name) => supervisor.process(name).stop()));
  };
  const giveUp = (): void => void supervisor.stop();
  options.signal?.addEventListener('abort', giveUp, { once: true });
  try {
    options.signal?.throwIfAborted();
    await assertBrokers({ ...options.environment, ...options.serviceEnvironment?.cc });
    const description = await startAll(options, directory, lock, supervisor, beside);
    return { description, supervisor, lab: beside.lab?.lab, drain, stop };
  } catch (error) {
    await stop();
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', giveUp);
  }
}

/** What lives in this process beside the others; known as soon as it is there, so that a start that fails takes it down. */
type Beside = { proxies?: LabProxies; lab?: OpenLab };

async function startAll(options: StackOptions, directory: string, lock: DirectoryLock, supervisor: Supervisor, beside: Beside): Promise<StackDescription> {
  const { withLab = false } = options;
  if (withLab && options.environment['NODE_ENV'] === 'production') throw new Error('The lab breaks things on purpose: it is for development only, and NODE_ENV is production.');
  const { RECEIVER_PORT = 0, ...wanted } = options.ports;
  const ports = await choosePorts(
    { ...wanted, RECEIVER_PORT, ...(options.localStackUrl !== undefined && { AWS_PORT: 0 }), POSTGRES_PORT: 0, LAB_PORT: 0, OF_BEHIND_PORT: 0, DATABASE_FRONT_PORT: 0 },
    { waitMs: lock.takenOver ? TAKEOVER_PORT_WAIT_MS : 0, movable: options.movablePorts ?? [], ...(options.onMovedPort && { onMoved: options.onMovedPort }) },
  );
  const secrets = loadSecrets(directory);
  const clients = loadClients(join(directory, 'issuer'));
  const clientsFile = join(directory, 'clients.json');
  writePrivateFile(clientsFile, `${JSON.stringify(clientRecords(clients, options.bySku, options.defaultProvider === undefined ? 'instant' : options.defaultProvider), null, 2)}\n`);
  const specFor = specMaker(options.environment, directory);

  const places = addresses(ports, options);
  if (withLab) beside.proxies = await startProxies(ports, options.databaseUrl === undefined);
  const receiverKey = randomBytes(24).toString('base64url');
  const [databases, aws] = await Promise.all([
    startDatabases(options.databaseUrl, ports.POSTGRES_PORT, directory, secrets, supervisor, specFor),
    startAws(options, ports.AWS_PORT, supervisor, specFor),
    supervisor.start(specFor('issuer', './issuer/main.ts', { ISSUER_PORT: String(ports.ISSUER_PORT), ISSUER_DIR: join(directory, 'issuer'), ISSUER_AUDIENCES: [places.cc, places.of, ...(options.audiences ?? [])].join(','), ISSUER_REDIRECT_URIS: `${places.cc}/dashboard/sign-in/callback` })),
    supervisor.start(specFor('lms', './stand-ins/lms/main.ts', lmsEnvironment(ports.LMS_PORT, directory, secrets, options.lmsFaults))),
    supervisor.start(specFor('payments', './stand-ins/payments/main.ts', paymentsEnvironment(ports.PAYMENTS_PORT, directory, secrets, places.cc, options.paymentsFaults))),
    withLab && supervisor.start(specFor('receiver', './stand-ins/receiver/main.ts', { RECEIVER_PORT: String(ports.RECEIVER_PORT), RECEIVER_SECRET: secrets.receiverSecret, RECEIVER_API_KEY: receiverKey })),
  ]);
  const description = describe(places, aws, clients, databases, secrets, directory);
  if (withLab) Object.assign(description, { receiver: `http://127.0.0.1:${ports.RECEIVER_PORT}`, lab: labAddress(ports.LAB_PORT) });
  if (beside.proxies !== undefined) beside.lab = await openLab({ description, supervisor, proxies: beside.proxies, receiverKey, lmsFaults: options.lmsFaults, paymentsFaults: options.paymentsFaults, whyNoBuses: whyNoBuses(options) });
  const around = surroundings(description, secrets, clientsFile, options.environment);
  if (beside.proxies?.database !== undefined) Object.assign(around, behindProxy(databases, ports.DATABASE_FRONT_PORT));
  const ofEnvironment = { ...fulfillmentEnvironment(around), OF_PORT: String(withLab ? ports.OF_BEHIND_PORT : ports.OF_PORT), ...options.serviceEnvironment?.of };
  const ccEnvironment = { ...coordinatorEnvironment(around), ...labVariables(description), ...options.serviceEnvironment?.cc };
  const timing = { startTimeoutMs: SERVICE_START_TIMEOUT_MS, stopTimeoutMs: SERVICE_STOP_TIMEOUT_MS, ...(options.serviceRestartDelayMs === undefined ? {} : { restartDelayMs: options.serviceRestartDelayMs }) };
  await Promise.all([
    supervisor.start({ ...specFor('order-fulfillment', '../../../services/order-fulfillment/src/main.ts', ofEnvironment), ...timing }),
    supervisor.start({ ...specFor('commerce-coordinator', options.coordinatorProgram ?? '../../../services/commerce-coordinator/src/main.ts', ccEnvironment), ...timing }),
  ]);
  writePrivateFile(join(directory, 'stack.json'), `${JSON.stringify(description, null, 2)}\n`);
  lock.publish({ cc: description.cc, of: description.of, issuer: description.issuer, lms: description.lms, payments: description.payments, aws: description.aws });
  return description;
}

/** Commerce Coordinator hands on what people ask of the lab. */
function labVariables({ lab }: StackDescription): Record<string, string> {
  return lab === undefined ? {} : { LAB_URL: lab.url, LAB_TOKEN: lab.token };
}

/** The same databases, by way of the proxy on this port. */
function behindProxy({ cc, of }: DatabaseUrls, port: number): Pick<Surroundings, 'ccDatabaseUrl' | 'ofDatabaseUrl'> {
  const [ccDatabaseUrl, ofDatabaseUrl] = [cc, of].map((url) => Object.assign(new URL(url), { port: String(port) }).href) as [string, string];
  return { ccDatabaseUrl, ofDatabaseUrl };
}

/** Why bus and queue cannot be broken; undefined when they can. */
function whyNoBuses({ localStackUrl, environment }: StackOptions): string | undefined {
  if (localStackUrl !== undefined) return 'LOCALSTACK_URL names a LocalStack of your own.';
  return environment['BUS'] === 'kafka' ? 'The services tell their events over Kafka, which is yours.' : undefined;
}

type SpecFor = (name: string, entry: string, own: Readonly<Record<string, string>>) => ProcessSpec;

/**
 * The developer's own AWS settings (a profile, a session) must not reach the local parts. Compiled code is kept in the data
 * directory: loading it takes a third of the time of compiling it, which is most of the time of a start.
 */
function specMaker(inherited: Readonly<Record<string, string | undefined>>, directory: string): SpecFor {
  const kept = Object.fromEntries(Object.entries(inherited).filter((entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith('AWS_')));
  return (name, entry, own) => ({ name, entry: fileURLToPath(new URL(entry, import.meta.url)), environment: { NODE_COMPILE_CACHE: join(directory, 'compile-cache'), ...kept, ...own } });
}

type Addresses = { readonly cc: string; readonly of: string; readonly issuer: string; readonly lms: string; readonly payments: string; readonly aws: string };

function addresses(ports: StackPorts, { ofFrontUrl, localStackUrl }: StackOptions): Addresses {
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  return { cc: at(ports.CC_PORT), of: ofFrontUrl ?? at(ports.OF_PORT), issuer: at(ports.ISSUER_PORT), lms: at(ports.LMS_PORT), payments: at(ports.PAYMENTS_PORT), aws: localStackUrl ?? at(ports.AWS_PORT) };
}

async function startDatabases(databaseUrl: string | undefined, port: number, directory: string, secrets: LocalSecrets, supervisor: Supervisor, specFor: SpecFor): Promise<DatabaseUrls> {
  if (databaseUrl !== undefined) return makeDatabases(databaseUrl);
  const passwords = { cc: secrets.ccDatabasePassword, of: secrets.ofDatabasePassword };
  const databases = [{ ...DATABASES.cc, password: passwords.cc }, { ...DATABASES.of, password: passwords.of }];
  const own = { POSTGRES_PORT: String(port), POSTGRES_DIR: join(directory, 'postgres'), POSTGRES_DATABASES: JSON.stringify(databases) };
  await supervisor.start({ ...specFor('postgres', './processes/postgres.ts', own), stopTimeoutMs: SERVICE_STOP_TIMEOUT_MS });
  return embeddedUrls(port, passwords);
}

/** Where the services find what is theirs on AWS, once it is set up. */
async function startAws({ localStackUrl, extraStacks = [], signal }: StackOptions, port: number, supervisor: Supervisor, specFor: SpecFor): Promise<Announcement> {
  const paths = extraStacks.map((path) => resolve(path));
  if (localStackUrl === undefined) return supervisor.start(specFor('local-aws', './processes/local-aws.ts', awsEnvironment(port, paths)));
  // Loaded here only: CDK takes as long as everything else.
  const [{ deploy }, { placesIn, stackTemplates }] = await Promise.all([import('./localstack/deploy.aws.ts'), import('./stack-templates.ts')]);
  return placesIn((await deploy(localStackUrl, stackTemplates(paths), signal)).outputs);
}

function awsEnvironment(port: number, extraStacks: readonly string[]): Record<string, string> {
  return { AWS_PORT: String(port), EXTRA_STACKS: extraStacks.join(','), CDK_VALIDATION: 'false' };
}

function lmsEnvironment(port: number, directory: string, secrets: LocalSecrets, faults = '{}'): Record<string, string> {
  return { LMS_PORT: String(port), LMS_DIR: join(directory, 'lms'), LMS_API_KEY: secrets.lmsApiKey, LMS_CALLBACK_SECRET: secrets.lmsCallbackSecret, LMS_FAULTS: faults };
}

function paymentsEnvironment(port: number, directory: string, secrets: LocalSecrets, ccUrl: string, faults = '{}'): Record<string, string> {
  return {
    PAYMENTS_PORT: String(port), PAYMENTS_DIR: join(directory, 'payments'), PAYMENTS_API_KEY: secrets.paymentsApiKey, PAYMENTS_WEBHOOK_SECRET: secrets.paymentsWebhookSecret,
    PAYMENTS_WEBHOOK_URL: `${ccUrl}/webhooks/payments/orders`, PAYMENTS_FAULTS: faults,
    STRIPE_API_KEY: secrets.stripeApiKey, STRIPE_WEBHOOK_SECRET: secrets.stripeWebhookSecret, STRIPE_WEBHOOK_URL: `${ccUrl}/webhooks/payments/orders/stripe`,
  };
}

function describe(places: Addresses, aws: Announcement, clients: Record<string, ClientIdentity>, databases: DatabaseUrls, secrets: LocalSecrets, directory: string): StackDescription {
  return stackDescriptionSchema.parse({
    ...places,
    ingest: { url: places.cc, secrets: { standard: secrets.paymentsWebhookSecret, stripe: secrets.stripeWebhookSecret } },
    buses: aws['buses'],
    queueUrl: aws['queueUrl'],
    clients,
    users: loadUsers(join(directory, 'issuer')),
    inside: { ccDatabaseUrl: databases.cc, ofDatabaseUrl: databases.of, lmsApiKey: secrets.lmsApiKey, paymentsApiKey: secrets.paymentsApiKey, outbox: join(directory, 'outbox'), logs: join(directory, 'logs') },
  });
}

function surroundings(description: StackDescription, secrets: LocalSecrets, clientsFile: string, environment: StackOptions['environment']): Surroundings {
  const secretOf = (clientId: string): string => {
    const client = description.clients[clientId];
    if (client === undefined) throw new Error(`the issuer has no client ${clientId}`);
    return client.secret;
  };
  return {
    ccUrl: description.cc,
    ofUrl: description.of,
    issuerUrl: description.issuer,
    lmsUrl: description.lms,
    awsUrl: description.aws,
    ccDatabaseUrl: description.inside.ccDatabaseUrl,
    ofDatabaseUrl: description.inside.ofDatabaseUrl,
    buses: description.buses,
    queueUrl: description.queueUrl,
    ofClient: { id: 'commerce-coordinator', secret: secretOf('commerce-coordinator') },
    paymentsUrl: description.payments,
    paymentsApiKey: secrets.paymentsApiKey,
    paymentsWebhookSecret: secrets.paymentsWebhookSecret,
    stripeUrl: `${description.payments}/stripe`,
    stripeApiKey: secrets.stripeApiKey,
    stripeWebhookSecret: secrets.stripeWebhookSecret,
    dashboardClient: { id: BROWSER_CLIENT, secret: secretOf(BROWSER_CLIENT) },
    ingestClientSecret: secretOf('ingest'),
    outbox: description.inside.outbox,
    lmsApiKey: secrets.lmsApiKey,
    lmsCallbackSecret: secrets.lmsCallbackSecret,
    clientSecretsKey: secrets.clientSecretsKey,
    webhookSecretsKey: secrets.webhookSecretsKey,
    webhookInboundSecret: secrets.webhookInboundSecret,
    // Receivers on this machine, without TLS: unless something else was said.
    webhookAllowances: { networks: environment['WEBHOOK_ALLOWED_NETWORKS'] ?? '127.0.0.0/8,::1/128', http: environment['WEBHOOK_ALLOW_HTTP'] ?? 'true' },
    sealKeys: { cc: secrets.ccSealKey, of: secrets.ofSealKey },
    personalDataKey: secrets.personalDataKey,
    updatesKey: secrets.updatesKey,
    clientsFile,
  };
}
