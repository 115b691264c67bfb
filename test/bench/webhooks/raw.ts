/** The ceiling: undici's pool and one HMAC for each post, nothing else. */
import { createHmac } from 'node:crypto';
import { Pool } from 'undici';

/** Under way at once, for each of the contenders. */
export const UNDER_WAY = 128;

/** Posts so many, as many at once. */
export async function postRaw(url: string, path: string, count: number, body: string): Promise<void> {
  const pool = new Pool(url, { connections: UNDER_WAY, pipelining: 1 });
  const key = Buffer.alloc(32, 3);
  const bytes = Buffer.from(body);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let id = next++; id < count; id = next++) {
      const timestamp = String(Math.floor(Date.now() / 1_000));
      const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(bytes).digest('base64');
      const { body: answer } = await pool.request({
        path, method: 'POST', body: bytes, headers: { 'content-type': 'application/json', 'webhook-id': String(id), 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` },
      });
      await answer.dump();
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, worker));
  await pool.close();
}
