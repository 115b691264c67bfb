/**
 * List prices of AWS, in dollars, and where each was read. Prices change and differ between regions: look them up again before a
 * budget rests on them, and change PRICES with its date.
 */

export const PRICES_READ = '2026-11-22';
export const PRICES_REGION = 'us-east-1';

export interface Price {
  readonly dollars: number;
  readonly per: string;
  /** The page of AWS that rules. */
  readonly page: string;
  /** Who told the figure when it was read, with its own date. */
  readonly toldBy: string;
}

const EVENTBRIDGE = 'https://aws.amazon.com/eventbridge/pricing/';
const SQS = 'https://aws.amazon.com/sqs/pricing/';
const FARGATE = 'https://aws.amazon.com/fargate/pricing/';
const AURORA = 'https://aws.amazon.com/rds/aurora/pricing/';
const GUIDE = 'CloudBurn, guide of March 2026';
const ADVISORY = 'agent toolkit of AWS, table of 2026-03-28';
const KNOWN = 'unchanged for years; not looked up anew';

export const PRICES = {
  event: { dollars: 1, per: 'million custom events of up to 64 KB', page: EVENTBRIDGE, toldBy: GUIDE },
  archiveIn: { dollars: 0.1, per: 'GB into an archive', page: EVENTBRIDGE, toldBy: GUIDE },
  archiveKept: { dollars: 0.023, per: 'GB and month in an archive', page: EVENTBRIDGE, toldBy: GUIDE },
  queueCall: { dollars: 0.4, per: 'million calls of up to 64 KB', page: SQS, toldBy: KNOWN },
  cpu: { dollars: 0.04048, per: 'vCPU and hour, Linux on x86', page: FARGATE, toldBy: 'Wring, guide of 2026-03-10' },
  memory: { dollars: 0.004445, per: 'GB and hour', page: FARGATE, toldBy: 'Wring, guide of 2026-03-10' },
  acu: { dollars: 0.12, per: 'Aurora capacity unit and hour, standard', page: AURORA, toldBy: ADVISORY },
  storage: { dollars: 0.1, per: 'GB and month in Aurora, standard', page: AURORA, toldBy: ADVISORY },
  io: { dollars: 0.2, per: 'million reads and writes of Aurora, standard', page: AURORA, toldBy: KNOWN },
} as const satisfies Record<string, Price>;
