// The events of Commerce Coordinator as they are committed, for the terminal: follows its stream, comes again from the same place when
// it breaks off, and ends when it is told to.
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { StackDescription } from '../stack-description.ts';
import type { StreamedEvent } from './event-lines.ts';

const RETRY_MS = 1_000;
const TOKEN_LIMIT_MS = 5_000;
/** What one message may have, in characters. */
const LONGEST = 4 * 1_048_576;

const eventSchema = z.looseObject({
  eventId: z.string(), name: z.string(), subject: z.string(), topic: z.string(), origin: z.enum(['own', 'foreign']), causationId: z.string().nullable(),
  timestamp: z.string(), recordedAt: z.string(), data: z.unknown(),
});

/** Calls `heard` for every event until `signal` is aborted; `live` each time the stream stands. Personal data come as erased. */
export async function followEvents({ issuer, cc, clients }: StackDescription, heard: (event: StreamedEvent) => void, live: () => void, signal: AbortSignal): Promise<void> {
  let lastId: string | undefined;
  while (!signal.aborted) {
    try {
      const token = await tokenFor(issuer, cc, clients['operator']?.secret ?? '', signal);
      const answer = await fetch(`${cc}/api/events/stream`, { headers: { authorization: `Bearer ${token}`, ...(lastId !== undefined && { 'last-event-id': lastId }) }, signal });
      if (!answer.ok || answer.body === null) throw new Error(`the stream answered ${answer.status}`);
      live();
      for await (const { id, data } of messagesOf(answer.body)) {
        lastId = id ?? lastId;
        if (data === undefined) continue;
        const event = eventSchema.safeParse(JSON.parse(data));
        if (event.success) heard(event.data);
      }
    } catch {
      // It is away, or was broken on purpose: it is asked again.
    }
    await wait(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** The messages of a stream of server-sent events (HTML, section 9.2). Data of a named event, such as a notice, are left out. */
export async function* messagesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<{ readonly id: string | undefined; readonly data: string | undefined }> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true });
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    if (rest.length > LONGEST) throw new Error('a message does not end');
    for (const block of blocks) {
      const fields = block.split(/\r?\n/).map((line) => /^([^:]*): ?(.*)$/.exec(line));
      const of = (name: string): string[] => fields.flatMap((field) => (field?.[1] === name ? [field[2] ?? ''] : []));
      const data = of('event').length > 0 ? [] : of('data');
      yield { id: of('id').at(-1), data: data.length === 0 ? undefined : data.join('\n') };
    }
  }
}

async function tokenFor(issuer: string, resource: string, secret: string, signal: AbortSignal): Promise<string> {
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST', headers: { authorization: `Basic ${Buffer.from(`operator:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource, scope: 'events:read' }), signal: AbortSignal.any([signal, AbortSignal.timeout(TOKEN_LIMIT_MS)]),
  });
  return z.object({ access_token: z.string() }).parse(await answer.json()).access_token;
}
