/** LocalStack asks nobody who he is: it must be there for this machine alone. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { LOCALSTACK_URL } from '../kit/localstack.ts';

const describeOnLocalStack = LOCALSTACK_URL === undefined ? describe.skip : describe;
const OTHER_ADDRESSES = Object.values(networkInterfaces()).flatMap((of = []) => of.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address));

describeOnLocalStack('LocalStack (skipped unless LOCALSTACK_URL names one; `pnpm localstack` does)', () => {
  const port = Number(new URL(LOCALSTACK_URL ?? 'http://127.0.0.1:4566').port);

  test('answers on 127.0.0.1, and on no other address of this machine', async () => {
    const answers = (host: string): Promise<boolean> => {
      const socket = connect({ host, port, timeout: 2_000 }).on('timeout', () => socket.destroy(new Error('no answer')));
      return once(socket, 'connect').then(() => true, () => false).finally(() => socket.destroy());
    };
    expect(await answers('127.0.0.1')).toBe(true);
    for (const address of OTHER_ADDRESSES) expect([address, await answers(address)]).toEqual([address, false]);
  });
});
