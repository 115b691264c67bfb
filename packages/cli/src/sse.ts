/** Reads a stream of server-sent events (HTML, section 9.2) out of its text as it comes. Pure. */
import { NoAnswer } from './failures.ts';

export interface Message {
  /** The last id that was given, in this message or before it. */
  readonly id: string | undefined;
  /** `message` when none was named. */
  readonly event: string;
  /** Undefined for a message that only moves the id. */
  readonly data: string | undefined;
}

/** What one message may have, in characters: an event has a megabyte at most. */
const LONGEST = 4 * 1_048_576;

export class MessageReader {
  #rest = '';
  #id: string | undefined;
  #event = '';
  #data: string[] = [];
  #size = 0;
  #movesId = false;

  /** The messages that are whole with this text. Throws NoAnswer for one that never ends. */
  read(text: string): Message[] {
    const messages: Message[] = [];
    // A CR at the end may be the first half of a CRLF.
    const all = this.#rest + text;
    const lines = all.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = line === '' ? this.#end() : this.#field(line);
      if (message !== undefined) messages.push(message);
    }
    if (this.#rest.length + this.#size > LONGEST) throw new NoAnswer('A message of the stream does not end.', 'Check that the address is that of the service.');
    return messages;
  }

  #field(line: string): undefined {
    const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === 'data') {
      this.#data.push(value);
      this.#size += value.length;
    } else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) {
      this.#id = value;
      this.#movesId = true;
    }
    return undefined;
  }

  #end(): Message | undefined {
    const message = { id: this.#id, event: this.#event || 'message', data: this.#data.length === 0 ? undefined : this.#data.join('\n') };
    const isWorth = message.data !== undefined || this.#movesId;
    [this.#event, this.#data, this.#size, this.#movesId] = ['', [], 0, false];
    return isWorth ? message : undefined;
  }
}
