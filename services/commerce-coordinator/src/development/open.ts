/** What is there in development alone. */
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { Config } from '../config.ts';
import type { RecordAct } from '../operator-acts.ts';
import { addLabRoutes } from './lab.http.ts';

/** Adds the routes of the lab where one is configured. Throws when its token is missing. */
export function openDevelopment(app: HttpApp, { labUrl: url, labToken: token }: Pick<Config, 'labUrl' | 'labToken'>, record: RecordAct): void {
  if (url === undefined) return;
  if (token === undefined) throw new Error('LAB_TOKEN is missing: the lab that LAB_URL names answers nobody without it.');
  addLabRoutes(app, { url, token }, record);
}
