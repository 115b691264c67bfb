/**
 * The edges of the process: environment in, exit code out. What stands in between is in compose.ts.
 *
 * Promise: what is wrong with the map, the extensions and the environment is said in one message, and nothing is touched.
 */
import { ConfigError, readConfig } from '@commerce/service-kit/config';
import { runMain } from '@commerce/service-kit/lifecycle';
import type { Running as Main } from '@commerce/service-kit/lifecycle';
import { faultsFrom } from '@commerce/service-kit/ports';
import { MapRefused } from '@commerce/signals/check';
import type { Config } from './config.ts';
import { INGEST_ALONE, isIngestAlone } from './ingest/alone-configuration.ts';

await runMain(async ({ env, signal }) => {
  if (isIngestAlone(env)) return ingestAlone(env);
  const config = await checkedConfig(env);
  const { compose } = await import('./compose.ts');
  const coordinator = await compose(config, { faults: faultsFrom(env), signal });
  return { announce: { url: coordinator.url }, stop: coordinator.stop };
}, { stopOnDisconnect: true });

/** Of the rest of the service nothing is loaded, and no variable is asked for. */
async function ingestAlone(env: Record<string, string | undefined>): Promise<Main> {
  const { startIngestAlone } = await import('./ingest/alone.ts');
  const { url, stop } = await startIngestAlone(readConfig(INGEST_ALONE, env), { faults: faultsFrom(env) });
  return { announce: { url }, stop };
}

/** The configuration. Throws one error with every fault of the map and of the environment. */
async function checkedConfig(env: Record<string, string | undefined>): Promise<Config> {
  const refused = await refusalOf();
  const faults = refused === undefined ? [] : [refused.message];
  let config: Config | undefined;
  try {
    // Read only now: a variable that two extensions claim is one of the faults above, and no declaration can be made of it.
    const { CONFIG } = await import('./config.ts');
    config = readConfig(CONFIG, env);
  } catch (error) {
    if (error instanceof ConfigError) faults.push(error.message);
    else if (refused === undefined) throw error;
  }
  if (config === undefined || faults.length > 0) throw new Error(faults.join('\n'));
  return config;
}

async function refusalOf(): Promise<MapRefused | undefined> {
  const [{ EXTENSIONS }, { MAP }, { checkLoaded }] = await Promise.all([import('../extensions.config.ts'), import('../signals.config.ts'), import('./catalogue.ts')]);
  try {
    checkLoaded({ extensions: EXTENSIONS, map: MAP });
    return undefined;
  } catch (error) {
    if (error instanceof MapRefused) return error;
    throw error;
  }
}
