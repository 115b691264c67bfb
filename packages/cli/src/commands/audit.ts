/** `audit`: the acts of people, and whether the log is as it was sealed. */
import type { Command } from 'commander';
import { z } from 'zod';
import { Bad, NoAnswer } from '../failures.ts';
import { addExamples } from '../help.ts';
import { pastTimeOf } from '../moments.ts';
import { readPages, remarkOnRest } from '../pages.ts';
import { MessageReader } from '../sse.ts';
import { fields, printable, table } from '../text.ts';
import type { Perform, Work } from '../work.ts';

const listForm = z.looseObject({
  items: z.array(z.looseObject({ recordedAt: z.string(), act: z.string(), about: z.string(), why: z.string(), by: z.looseObject({ subject: z.string(), clientId: z.string() }) })),
});
const progressForm = z.looseObject({ seals: z.number(), ofSeals: z.number(), events: z.number() });
const findingForm = z.looseObject({ kind: z.string(), seal: z.number().nullable(), eventId: z.string().nullable(), text: z.string() });
const verifiedForm = z.looseObject({ seals: z.number(), events: z.number(), gone: z.number(), unsealed: z.number(), unprovable: z.number(), heads: z.number(), findings: z.number() });
type Finding = z.infer<typeof findingForm>;

const DEFAULT_CLIENT = 'operator';
/** The service says something at least so often. */
const IDLE_MS = 60_000;

const EXAMPLES = `
"verify" has the service hold every event of its log against its seal and its digest. Whoever does not trust the service runs
"npx --yes pnpm@12.21.0 audit:verify" over the database, with signed heads that were kept elsewhere.

Examples:
  cli audit list --what 'order.*' --from 7d
  cli audit list --who anna --limit 10
  cli audit verify
`;

interface ListOptions {
  readonly who?: string;
  readonly client?: string;
  readonly what?: string;
  readonly subject?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: string;
}

export function addAudit(program: Command, perform: Perform): void {
  const audit = addExamples(program.command('audit'), EXAMPLES).description('what people did, and whether the log is as it was sealed (needs the scope admin)');
  audit.command('list').description('the acts of people, newest first')
    .option('--who <subject>', 'of this person: the subject of the token').option('--client <id>', 'by this client')
    .option('--what <act>', 'this act, or all that begin so: order.cancel, order.*').option('--subject <id>', 'about this: an order, a product, a user')
    .option('--from <time>', 'recorded then or later: a time, or how long ago').option('--to <time>', 'recorded before')
    .option('--limit <count>', 'how many at most', '50').action(perform(list));
  audit.command('verify').description('hold every event of the log against its seal and its digest; ends with 1 when something is not as it was sealed').action(perform(verify));
}

async function list(work: Work, { from, to, limit, ...plain }: ListOptions): Promise<void> {
  const at = (text: string | undefined, option: string): string | undefined => (text === undefined ? undefined : pastTimeOf(text, option, work.nowMs()));
  const page = await readPages(await work.api('cc', DEFAULT_CLIENT), '/api/audit', { ...plain, from: at(from, '--from'), to: at(to, '--to') }, limit);
  work.show(page, listForm, ({ items }, time) => table(['RECORDED', 'ACT', 'ABOUT', 'WHO', 'BY', 'WHY'], items.map(({ recordedAt, act, about, by, why }) => [time(recordedAt), act, about, by.subject, by.clientId, why])));
  remarkOnRest(page, work.remark);
}

async function verify(work: Work): Promise<void> {
  const api = await work.api('cc', DEFAULT_CLIENT);
  const reader = new MessageReader();
  const findings: Finding[] = [];
  let verified: z.infer<typeof verifiedForm> | undefined;
  for await (const text of api.follow('/api/audit/verification', { accept: 'text/event-stream' }, IDLE_MS)) {
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
  work.remark('All is as it was sealed.');
}

function lineOf({ kind, seal, eventId, text }: Finding): string {
  return `${kind.toUpperCase()}${seal === null ? '' : ` seal ${seal}`}${eventId === null ? '' : ` event ${eventId}`}: ${text}`;
}
