/** `clients keys`: rotation with overlap. Add the new key, give the old one an end, remove it when nobody uses it. */
import type { Command } from 'commander';
import { z } from 'zod';
import { addExamples } from '../help.ts';
import { addKeyOptions, keyOf } from '../key-options.ts';
import type { KeyOptions } from '../key-options.ts';
import { timeOf } from '../moments.ts';
import { path } from '../paths.ts';
import { registering } from '../private-key.file.ts';
import type { NewKey } from '../private-key.file.ts';
import { addReasonOptions, whyOf, whyQuery } from '../reason.ts';
import type { ReasonOptions } from '../reason.ts';
import { NOTHING, table } from '../text.ts';
import type { Time } from '../time-text.ts';
import type { Perform, Work } from '../work.ts';

export const keyForm = z.looseObject({ keyid: z.string(), alg: z.string(), publicKey: z.string().optional(), createdAt: z.string(), notAfter: z.string().nullish() });
type Key = z.infer<typeof keyForm>;

/** A client with all its keys. */
const answerForm = z.looseObject({ authentication: z.looseObject({ keys: z.array(keyForm) }) });

const EXAMPLES = `
Rotation with overlap, so that the client is never refused: until the old key has ended, both are accepted.

Examples:
  cli clients keys add acme --keyid acme-2 --alg ed25519 --generate acme-2.key
  cli clients keys end acme acme-1 --at 7d
  cli clients keys remove acme acme-1
`;

export function addClientKeys(clients: Command, perform: Perform): void {
  const keys = addExamples(clients.command('keys'), EXAMPLES).description('keys of a client that signs its requests');
  addReasonOptions(addKeyOptions(keys.command('add').description('add a key beside those that the client has').argument('<client>'))).action(perform(add));
  addReasonOptions(keys.command('end').description('say until when a key is accepted').argument('<client>').argument('<keyid>')
    .requiredOption('--at <time>', 'a time such as 2030-01-31T12:00:00Z, a span from now (12h, 7d), or "never"'))
    .action(perform(end));
  addReasonOptions(keys.command('remove').description('remove a key; it is refused from then on').argument('<client>').argument('<keyid>')).action(perform(remove));
}

async function add(work: Work, client: string, options: KeyOptions & ReasonOptions): Promise<void> {
  const why = whyOf(options);
  const api = await work.api('of', 'operator');
  const { body, made } = await keyOf(options, undefined, work);
  show(work, await registering(made, () => api.call('POST', path`/v1/clients/${client}/keys`, { ...body, ...why })));
  if (made !== undefined) keyRemark(work, made);
}

async function end(work: Work, client: string, keyid: string, { at, ...options }: { at: string } & ReasonOptions): Promise<void> {
  const why = whyOf(options);
  const notAfter = at === 'never' ? null : timeOf(at, '--at', work.nowMs());
  show(work, await (await work.api('of', 'operator')).call('PATCH', path`/v1/clients/${client}/keys/${keyid}`, { notAfter, ...why }));
}

async function remove(work: Work, client: string, keyid: string, options: ReasonOptions): Promise<void> {
  const why = whyQuery(options);
  await (await work.api('of', 'operator')).call('DELETE', `${path`/v1/clients/${client}/keys/${keyid}`}${why}`);
  work.show({ removed: keyid }, z.unknown(), () => `Key ${keyid} of ${client} is removed.\n`);
}

function show(work: Work, answer: unknown): void {
  work.show(answer, answerForm, ({ authentication }, time) => keyTable(authentication.keys, time));
}

export function keyTable(keys: readonly Key[], time: Time): string {
  return table(['KEY', 'ALGORITHM', 'PUBLIC KEY', 'CREATED', 'ENDS'], keys.map(({ keyid, alg, publicKey, createdAt, notAfter }) => [
    keyid, alg, publicKey?.replaceAll(/-----[^-]+-----|\s/g, '') ?? NOTHING, time(createdAt), time(notAfter),
  ]));
}

/** Says where a private key is: nobody else has it. */
export function keyRemark({ remark }: Work, { path, material }: NewKey): void {
  remark(`The ${'secret' in material ? 'secret' : 'private key'} is in ${path} (mode 0600). Hand it to the client on a safe way; Order Fulfillment never shows it.`);
}
