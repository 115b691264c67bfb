/** graphile-worker used as a webhook queue, as a process of its own. */
import { answer } from '../harness/child.ts';
import { startGraphile } from './graphile.ts';
import type { Graphile } from './graphile.ts';

let graphile: Graphile;

answer({
  async open({ url, body, batched }: { url: string; body: string; batched: boolean }) {
    graphile = await startGraphile(url, body, batched);
    return graphile.databasePid;
  },
  add: async (count: number) => void (await graphile.add(['/graphile'], count)),
  settled: () => graphile.settled(),
  stop: () => graphile.stop(),
});
