/**
 * Where the services are and as whom they are called: from the description of a running local stack, or from options that name
 * everything. The secret of a client is never an option: it comes from the description, a file, standard input or a variable.
 */
import { z } from 'zod';
import { UsageFault } from './failures.ts';

/** The options of connection, as they stand in every command. */
export interface ConnectionOptions {
  readonly stack?: string | undefined;
  readonly of?: string | undefined;
  readonly cc?: string | undefined;
  readonly issuer?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecretFile?: string | undefined;
}

export type Service = 'of' | 'cc';

export const SERVICE_NAMES: Readonly<Record<Service, string>> = { of: 'Order Fulfillment', cc: 'Commerce Coordinator' };

/** One service, and the client that calls it. All addresses without a slash at their end. */
export interface Connection {
  readonly service: Service;
  readonly url: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The description that has named all this. */
  readonly stackFile?: string | undefined;
}

/** Starts the local stack. */
export const START_COMMAND = 'npx --yes pnpm@12.21.0 dev';

export interface ConnectionSources {
  /** The content of a file; `-` is standard input. Throws UsageFault when it cannot be read. */
  readonly readFile: (path: string) => Promise<string>;
  /** The content of the variable CLIENT_SECRET. */
  readonly secretVariable: string | undefined;
  /** Where the local stack describes itself when nothing else is said. */
  readonly stackFile: string;
}

const stackForm = z.looseObject({
  of: z.string(), cc: z.string(), issuer: z.string(),
  clients: z.record(z.string(), z.looseObject({ secret: z.string() })),
});

function nameThemselves({ of, cc, issuer, clientSecretFile }: ConnectionOptions): boolean {
  return [of, cc, issuer, clientSecretFile].some((option) => option !== undefined);
}

/** Whether this service is spoken of: a stack has all. */
export function isNamed(service: Service, options: ConnectionOptions): boolean {
  return !nameThemselves(options) || options[service] !== undefined;
}

/** Options that name everything rule out the description of a stack. */
export async function connect(service: Service, defaultClientId: string, options: ConnectionOptions, sources: ConnectionSources): Promise<Connection> {
  const named = nameThemselves(options);
  if (named && options.stack !== undefined) throw new UsageFault('Say either --stack, or --of, --cc, --issuer and --client-secret-file: not both.');
  return named ? fromOptions(service, options, sources) : fromStack(service, options.clientId ?? defaultClientId, options.stack ?? sources.stackFile, sources);
}

async function fromStack(service: Service, clientId: string, path: string, { readFile }: ConnectionSources): Promise<Connection> {
  const text = await readFile(path).catch((error: unknown) => {
    throw new UsageFault(`${(error as Error).message}\nNo local stack seems to run there. Start one (${START_COMMAND}), name its file with --stack, or name the services with --of, --cc, --issuer and --client-id.`);
  });
  const description = stackForm.safeParse(jsonOf(text));
  if (!description.success) throw new UsageFault(`${path} does not describe a stack.`);
  const client = Object.hasOwn(description.data.clients, clientId) ? description.data.clients[clientId] : undefined;
  if (client === undefined) throw new UsageFault(`The stack has no secret of a client "${clientId}", only of ${Object.keys(description.data.clients).join(', ')}. Who signs requests calls by a program of their own.`);
  return { service, url: description.data[service], issuer: description.data.issuer, clientId, clientSecret: client.secret, stackFile: path };
}

async function fromOptions(service: Service, options: ConnectionOptions, sources: ConnectionSources): Promise<Connection> {
  const clientId = needed(options.clientId, '--client-id');
  const url = address(needed(options[service], `--${service}`), `--${service}`);
  const issuer = address(needed(options.issuer, '--issuer'), '--issuer');
  const secret = options.clientSecretFile === undefined ? sources.secretVariable : (await sources.readFile(options.clientSecretFile)).trim();
  if (secret === undefined || secret === '') throw new UsageFault('There is no client secret: name a file with --client-secret-file ("-" is standard input), or set the variable CLIENT_SECRET.');
  return { service, url, issuer, clientId, clientSecret: secret };
}

function needed(value: string | undefined, option: string): string {
  if (value === undefined) throw new UsageFault(`${option} is missing: with --of, --cc, --issuer or --client-secret-file no local stack is used, and the address of the service, --issuer and --client-id must all be given.`);
  return value;
}

const HERE: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Secrets and tokens go to this address, so it is encrypted or on this machine. */
function address(text: string, option: string): string {
  const url = URL.parse(text);
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && HERE.has(url.hostname)))) throw new UsageFault(`${option} must be a URL that begins with https://, or http:// on this machine.`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') throw new UsageFault(`${option} must be an address without credentials, query or fragment.`);
  return text.replace(/\/+$/, '');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
