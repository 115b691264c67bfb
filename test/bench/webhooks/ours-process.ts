/** Our engine as a process of its own. */
import { answer } from '../harness/child.ts';
import { startOurs } from './ours.ts';
import type { Ours } from './ours.ts';

let ours: Ours;

answer({
  async open() {
    ours = await startOurs();
    return ours.databasePid;
  },
  reset: () => ours.reset(),
  register: (url: string) => ours.register(url),
  append: async (count: number) => void (await ours.append(count)),
  pause: () => ours.pause(),
  resume: () => ours.resume(),
  settled: () => ours.settled(),
  stop: () => ours.stop(),
});
