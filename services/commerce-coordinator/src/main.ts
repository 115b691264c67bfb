/** The edges of the process: environment in, exit code out. What stands in between is in compose.ts. */
import { ConfigError, readConfig } from '@commerce/service-kit/config';
import { runMain } from '@commerce/service-kit/lifecycle';
import { faultsFrom } from '@commerce/service-kit/ports';
import { MapRefused } from '@commerce/signals/check';
import { EXTENSIONS } from '../extensions.config.ts';
import { MAP } from '../signals.config.ts';
import { checkLoaded } from './catalogue.ts';
import { compose } from './compose.ts';
import type { Config } from './config.ts';
import { CONFIG } from './config.ts';

await runMain(async ({ env, signal }) => {
  const coordinator = await compose(checkedConfig(env), { faults: faultsFrom(env), signal });
  return { announce: { url: coordinator.url }, stop: coordinator.stop };
}, { stopOnDisconnect: true });

/** The configuration. Throws one error with every fault of the map and of the environment. */
function checkedConfig(env: Record<string, string | undefined>): Config {
  const faults: string[] = [];
  const check = <Result>(step: () => Result): Result | undefined => {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof MapRefused || error instanceof ConfigError)) throw error;
      faults.push(error.message);
      return undefined;
    }
  };
  check(() => checkLoaded({ extensions: EXTENSIONS, map: MAP }));
  const config = check(() => readConfig(CONFIG, env));
  if (config === undefined || faults.length > 0) throw new Error(faults.join('\n'));
  return config;
}
