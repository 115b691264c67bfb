/**
 * What pages tell to type, and what runs it. A block of `sh` under a heading that is not named here fails a test, so nothing is told that
 * nobody has tried.
 */

/** `page § heading` → `stack`: documentation.test.ts runs it on a running stack. Anything else says what runs it, or why nothing does here. */
export const TOLD: Readonly<Record<string, string>> = {
  'README.md § Run it': '.ci/run: test, and demo --raw-stock, which is the same program on other stock',
  'README.md § What the demo shows': '.ci/run: demo --raw-stock',
  'README.md § Look at it': 'test/browser starts what it starts',
  'README.md § Place an order': 'stack',
  'README.md § Break something': 'stack; demo --kill and --drop by test/faults/comparison and kills',
  'docs/contract/README.md § What may change': 'test/contract holds what it writes equal to the code',
  'docs/event-catalogue.md § Events of others': 'stack',
  'docs/how-to-change.md § Change an event': 'stack',
  'docs/how-to-change.md § Before you hand it in': '.ci/run: check, test',
  'docs/ingest.md § Alone': 'test/faults/ingest.long.test.ts',
  'docs/dashboard.md § How fast it is': 'a command that measures: run by hand, its figures stand below it',
  'docs/simulation.md § Simulation': '.ci/run: sim --seeds 100; test/simulation plays single seeds',
  'docs/kafka.md § On this machine': '.ci/kafka starts that broker, and the pair in that mode',
  'docs/kafka.md § Events of the services': '.ci/kafka runs the pair on that bus',
  'docs/live-bus.md § Events on a developer\'s machine': 'packages/cli: listen.test.ts, trigger.test.ts',
  'docs/localstack.md § With Docker': 'needs Docker, which .ci/run has not',
  'docs/localstack.md § Without Docker': '.ci/localstack',
  'docs/localstack.md § Tests': '.ci/localstack',
  'docs/operations.md § The tool': 'stack',
  'docs/operations.md § Clients of Order Fulfillment': 'stack',
  'docs/operations.md § Both sides disagree': 'stack',
  'docs/operations.md § Acts on an order': 'stack',
  'docs/operations.md § Who did what': 'stack',
  'docs/operations.md § A way in': 'stack',
  'docs/operations.md § What happened': 'stack',
  'docs/operations.md § How fast it flows': 'stack',
  'docs/operations.md § Dead letters': 'stack',
  'docs/operations.md § The log is sealed': 'stack',
  'docs/quick-start.md § Quick start': '.ci/run: demo --raw-stock; test/browser starts what dev starts',
  'docs/recover-from-loss.md § Recover from loss': 'stack',
  'docs/signals.md § Signals and their map': 'stack',
  'docs/webhooks.md § On your machine': 'stack',
  'docs/write-an-extension.md § 1. The folder': 'test/extensions, from an empty folder',
  'docs/write-an-extension.md § 7. Its tests': 'test/extensions',
  'docs/write-an-extension.md § 9. See it': 'test/extensions; what asks with a token: stack',
  'docs/examples/acme/README.md § acme, a further client': 'stack',
  'packages/local-aws/README.md § Make it fail': 'packages/local-aws: faults.test.ts sends it',
};

export interface Told {
  /** `page § heading`. */
  readonly place: string;
  readonly text: string;
}

/** The blocks of `sh` of a page, each under the heading that stands above it. */
export function toldIn(path: string, page: string): Told[] {
  const found: Told[] = [];
  let heading = '';
  let block: { readonly language: string; readonly lines: string[] } | undefined;
  for (const line of page.split('\n')) {
    if (block === undefined && /^#+ /.test(line)) heading = line.replace(/^#+ /, '');
    if (!line.startsWith('```')) block?.lines.push(line);
    else if (block === undefined) block = { language: line.slice(3), lines: [] };
    else {
      if (block.language === 'sh') found.push({ place: `${path} § ${heading}`, text: block.lines.join('\n') });
      block = undefined;
    }
  }
  return found;
}
