/** A client of the stream of events, for tests. */
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';

export interface Message {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: any;
}

/** A client that reads server-sent events, and can be cut off at any byte. */
export class StreamClient {
  readonly messages: Message[] = [];
  lastId: string | undefined;
  status = 0;
  ended = false;
  #text = '';
  #answer: IncomingMessage | undefined;
  #onMessage: (message: Message) => void;

  constructor(url: string, { lastId, onMessage = () => undefined, client = 'listener', scopes = 'events:read', paused = false }: { lastId?: string | undefined; onMessage?: (message: Message) => void; client?: string; scopes?: string; paused?: boolean } = {}) {
    this.lastId = lastId;
    this.#onMessage = onMessage;
    const headers = { authorization: `Bearer ${client};${scopes}`, ...(lastId !== undefined && { 'last-event-id': lastId }) };
    request(url, { headers, agent: false }, (answer) => {
      this.#answer = answer;
      this.status = answer.statusCode ?? 0;
      answer.on('close', () => (this.ended = true)).on('error', () => undefined);
      if (!paused) this.read();
    }).on('error', () => (this.ended = true)).end();
  }

  read(): void {
    this.#answer?.setEncoding('utf8').on('data', (text: string) => this.#take(text));
  }

  #take(text: string): void {
    this.#text += text;
    const blocks = this.#text.split('\n\n');
    this.#text = blocks.pop() ?? '';
    for (const block of blocks) {
      // What had arrived behind the cut was never seen.
      if (this.ended) return;
      const field = (name: string): string | undefined => block.split('\n').find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      this.lastId = field('id') ?? this.lastId;
      const data = field('data');
      if (data === undefined) continue;
      const message = { id: field('id'), event: field('event'), data: JSON.parse(data) };
      this.messages.push(message);
      this.#onMessage(message);
    }
  }

  cut(): void {
    this.#answer?.destroy();
  }

  get events(): Message[] {
    return this.messages.filter(({ event }) => event === undefined);
  }

  get notices(): string[] {
    return this.messages.filter(({ event }) => event === 'notice').map(({ data }) => data.code);
  }
}
