/** `audit`: the acts of people, and whether the log is as it was sealed. */
import { headsIn } from '@commerce/events/signed-head';
import type { SignedHead } from '@commerce/events/signed-head';
import type { Command } from 'commander';
import { z } from 'zod';
import { Bad, NoAnswer, UsageFault } from '../failures.ts';
import { addExamples } from '../help.ts';
import { pastTimeOf } from '../moments.ts';
import { readPages, remarkOnRest } from '../pages.ts';
import { addService, apiOf } from '../service-option.ts';
import type { Where } from '../service-option.ts';
import { MessageReader } from '../sse.ts';
import { fields, printable, table } from '../text.ts';
import type { Perform, Work } from '../work.ts';

const listForm = z.looseObject({
  items: z.array(z.looseObject({ recordedAt: z.string(), act: z.string(), about: z.string(), why: z.string(), by: z.looseObject({ subject: z.string(), clientId: z.string() }) })),
});
const progressForm = z.looseObject({ seals: z.number(), ofSeals: z.number(), events: z.number() });
const findingForm = z.looseObject({ kind: z.string(), seal: z.number().nullable(), eventId: z.string().nullable(), text: z.string() });
const verifiedForm = z.looseObject({ seals: z.number(), events: z.number(), gone: z.number(), unsealed: z.number(), unprovable: z.number(), heads: z.number(), findings: z.number(), signaturesJudged: z.boolean().optional() });
type Finding = z.infer<typeof findingForm>;

/** The service says something at least so often. */
const IDLE_MS = 60_000;
/** The service takes no more in one request. */
const MOST_HEADS = 10_000;

const EXAMPLES = `
"verify" has the service hold every event of its log against its seal and its digest, and with --heads against signed heads that were
kept elsewhere: lines of its log file that have one, or what "packages/event-log/src/main.ts heads" printed. Only they find that the end of
the log was cut off, or the log written anew, together with the heads in the database. Whoever does not trust the service runs
"npx --yes pnpm@12.21.0 audit:verify" over the database.

Examples:
  cli audit list --what 'order.*' --from 7d
  cli audit list --who anna --limit 10
  cli audit list --service order-fulfillment --what 'client.*'
  cli audit verify
  cli audit verify --heads heads.jsonl
  cli audit verify --service order-fulfillment
`;

interface ListOptions extends Where {
  readonly who?: string;
  readonly client?: string;
  readonly what?: string;
  readonly subject?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: string;
}

interface VerifyOptions extends Where {
  /** A path; `-` is standard input. */
  readonly heads?: string;
}

export function addAudit(program: Command, perform: Perform): void {
  const audit = addExamples(program.command('audit'), EXAMPLES).description('what people did, and whether the log is as it was sealed (needs the scope admin)');
  audit.command('list').description('the acts of people, newest first')
    .option('--who <subject>', 'of this person: the subject of the token').option('--client <id>', 'by this client')
    .option('--what <act>', 'this act, or all that begin so: order.cancel, order.*').option('--subject <id>', 'about this: an order, a product, a user')
    .option('--from <time>', 'recorded then or later: a time, or how long ago').option('--to <time>', 'recorded before')
    .option('--limit <count>', 'how many at most', '50').action(perform(list));
  audit.command('verify').description('hold every event of the log against its seal and its digest; ends with 1 when something is not as it was sealed')
    .option('--heads <file>', 'and against the signed heads in this file ("-" is standard input), which were kept elsewhere').action(perform(verify));
  for (const command of audit.commands) addService(command, 'whose log');
}

async function list(work: Work, { from, to, limit, service, ...plain }: ListOptions): Promise<void> {
  const at = (text: string | undefined, option: string): string | undefined => (text === undefined ? undefined : pastTimeOf(text, option, work.nowMs()));
  const page = await readPages(await apiOf(work, { service }), '/api/audit', { ...plain, from: at(from, '--from'), to: at(to, '--to') }, limit);
  work.show(page, listForm, ({ items }, time) => table(['RECORDED', 'ACT', 'ABOUT', 'WHO', 'BY', 'WHY'], items.map(({ recordedAt, act, about, by, why }) => [time(recordedAt), act, about, by.subject, by.clientId, why])));
  remarkOnRest(page, work.remark);
}

async function verify(work: Work, { heads: file, service }: VerifyOptions): Promise<void> {
  const kept = file === undefined ? undefined : keptHeads(await work.readFile(file), file);
  const api = await apiOf(work, { service });
  const reader = new MessageReader();
  const findings: Finding[] = [];
  let verified: z.infer<typeof verifiedForm> | undefined;
  for await (const text of api.follow('/api/audit/verification', { accept: 'text/event-stream' }, IDLE_MS, kept && { heads: kept })) {
    for (const { event, data = 'null' } of reader.read(text)) {
      const said: unknown = JSON.parse(data);
      if (event === 'progress') {
        const { seals, ofSeals, events } = progressForm.parse(said);
        work.progress({ share: ofSeals === 0 ? undefined : seals / ofSeals, text: `${seals} of ${ofSeals} seals, ${events} events` });
      } else if (event === 'finding') findings.push(findingForm.parse(said));
      else if (event === 'verified') verified = verifiedForm.parse(said);
    }
  }
  if (verified === undefined) throw new NoAnswer('The service ended before it had seen the whole log.', 'Look into its log file, and ask again.');
  const whole = verified;
  work.show({ ...whole, found: findings }, z.unknown(), () => [
    ...findings.map((finding) => `${printable(lineOf(finding))}\n`), findings.length === 0 ? '' : '\n',
    fields([
      ['events', `${whole.events} sealed, ${whole.unsealed} after the last seal, ${whole.gone} removed by retention`], ['seals', String(whole.seals)], ['heads', `${whole.heads} signed`],
      ['without own text', `${whole.unprovable} of other services, which their seals hold`], ['findings', String(whole.findings)],
    ]),
  ].join(''));
  if (whole.findings > 0) throw new Bad(`${whole.findings} findings: the log is not as it was sealed.`);
  if (whole.signaturesJudged === false && whole.heads > 0) work.remark('Signatures were not judged: the service has no SEAL_KEY, and no SEAL_KEYS_BEFORE.');
  work.remark('All is as it was sealed.');
}

/** Throws UsageFault. */
function keptHeads(text: string, file: string): readonly SignedHead[] {
  try {
    const heads = headsIn(text);
    if (heads.length <= MOST_HEADS) return heads;
    throw new RangeError(`It has ${heads.length} heads, and the service takes ${MOST_HEADS} at once: give it some of them after the others, or run audit:verify over the database.`);
  } catch (error) {
    throw new UsageFault(`${file === '-' ? 'Standard input' : file} cannot be held against the log. ${(error as Error).message}`, { cause: error });
  }
}

function lineOf({ kind, seal, eventId, text }: Finding): string {
  return `${kind.toUpperCase()}${seal === null ? '' : ` seal ${seal}`}${eventId === null ? '' : ` event ${eventId}`}: ${text}`;
}
