/** The contents of the guide: what there is to read, in the order in which one would read it. A page that is not named here fails a test. */

export interface Page {
  /** Below `docs`, or made: see `reference.ts`. */
  readonly file: string;
  readonly title: string;
}

export interface Section {
  readonly title: string;
  readonly pages: readonly Page[];
}

export const CONTENTS: readonly Section[] = [
  { title: 'Begin', pages: [
    { file: 'quick-start.md', title: 'Quick start' },
    { file: 'first-five-minutes.md', title: 'The first five minutes' },
    { file: 'by-hand.md', title: 'Place an order by hand' },
    { file: 'concepts.md', title: 'Concepts and words' },
    { file: 'promises.md', title: 'Promises' },
    { file: 'found.md', title: 'What the proof has found' },
    { file: 'signals.md', title: 'Signals and their map' },
  ] },
  { title: 'Build', pages: [
    { file: 'write-an-extension.md', title: 'Write an extension' },
    { file: 'how-to-change.md', title: 'Add an event, a provider, a client' },
    { file: 'webhooks.md', title: 'Receive webhooks' },
    { file: 'ingest.md', title: 'Webhooks of payment providers' },
    { file: 'disputes.md', title: 'Payments and disputes' },
    { file: 'event-catalogue.md', title: 'The event catalogue' },
    { file: 'live-bus.md', title: 'The live bus' },
    { file: 'kafka.md', title: 'Kafka' },
  ] },
  { title: 'Run', pages: [
    { file: 'deploy.md', title: 'Deploy' },
    { file: 'localstack.md', title: 'Run on LocalStack' },
    { file: 'dashboard.md', title: 'The dashboard' },
    { file: 'dashboard-sign-in.md', title: 'Sign in to the dashboard' },
    { file: 'operations.md', title: 'Operate, and what to do when an alarm rings' },
    { file: 'recover-from-loss.md', title: 'Recover from loss' },
    { file: 'replay.md', title: 'Replay' },
    { file: 'personal-data.md', title: 'Personal data' },
  ] },
  { title: 'Reference', pages: [
    { file: 'reference/apis.md', title: 'APIs' },
    { file: 'reference/events.md', title: 'Events' },
    { file: 'errors.md', title: 'Errors' },
    { file: 'reference/configuration.md', title: 'Configuration' },
    { file: 'cli.md', title: 'The command line' },
    { file: 'contract/README.md', title: 'The contract as files' },
    { file: 'security-checks.md', title: 'Security checks' },
    { file: 'threat-model.md', title: 'Threat model' },
    { file: 'faults.md', title: 'Faults' },
    { file: 'simulation.md', title: 'Simulation' },
    { file: 'soak.md', title: 'An hour at half speed' },
    { file: 'speed.md', title: 'Speed' },
    { file: 'cost.md', title: 'Cost' },
  ] },
  { title: 'Decisions', pages: [
    { file: 'decisions/README.md', title: 'All decisions' },
    { file: 'decisions/dependencies.md', title: 'Dependencies' },
  ] },
];

/** Pages that are read from others and stand in no list of their own. */
export const INNER = [/^decisions\/\d{4}-.*\.md$/, /^examples\/.*\/README\.md$/];
