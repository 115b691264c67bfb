/** The option of commands that both services answer alike: which of the two is asked. */
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Api } from './api.http.ts';
import type { Service } from './connection.ts';
import type { Work } from './work.ts';

const SERVICES = { 'commerce-coordinator': 'cc', 'order-fulfillment': 'of' } as const satisfies Readonly<Record<string, Service>>;

export interface Where {
  readonly service: keyof typeof SERVICES;
}

/** `--service`, Commerce Coordinator when left out. `whose`: what is looked at, for the help. */
export function addService(command: Command, whose: string): Command {
  return command.addOption(new Option('--service <name>', whose).choices(Object.keys(SERVICES)).default('commerce-coordinator'));
}

const DEFAULT_CLIENT = 'operator';

/** The service that was named. */
export function apiOf({ api }: Work, { service }: Where): Promise<Api> {
  return api(SERVICES[service], DEFAULT_CLIENT);
}
