/** Stops the cluster that this test run has started, if it has started one, and removes its directory. */
import { rm } from 'node:fs/promises';
import { startedCluster } from './started-cluster.ts';

export default async function stop(): Promise<void> {
  const { current } = startedCluster;
  if (!current) return;
  await current.server.stop();
  await rm(current.directory, { recursive: true, force: true });
}
