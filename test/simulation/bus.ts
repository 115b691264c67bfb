/**
 * A bus with its rules, behind the SDK's client: throttles, takes in part, takes and answers with a fault, breaks off, hangs. What it
 * has taken it hands to whoever its rules name.
 */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { Kernel } from './kernel.ts';

/** An entry as the publisher sends it. */
export interface Entry {
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}

const HANG_MS = 10_000;

/** The faults of AWS by their names. */
class AwsFault extends Error {
  constructor(name: string) {
    super(name);
    this.name = name;
  }
}

/** One client for each bus; its answers are those of the bus that is played. */
class BusClient extends EventBridgeClient {
  answer: (entries: readonly Entry[]) => Promise<object> = async () => ({});

  override send(...[command]: any[]): Promise<any> {
    const { Entries } = command.input as { Entries?: readonly Entry[] };
    return Entries === undefined ? Promise.resolve({}) : this.answer(Entries);
  }
}

const clients = new Map<string, BusClient>();

/** The client of a bus, made once in each thread: making one is slow. */
function clientOf(name: string): BusClient {
  let client = clients.get(name);
  if (client === undefined) clients.set(name, (client = new BusClient({ region: 'eu-central-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } })));
  return client;
}

export class MemoryBus {
  readonly name: string;
  /** How often each event was taken, by its id. */
  readonly taken = new Map<string, number>();
  readonly #kernel: Kernel;
  readonly #deliver: (entry: Entry) => void;

  constructor(kernel: Kernel, name: string, deliver: (entry: Entry) => void) {
    this.#kernel = kernel;
    this.name = name;
    this.#deliver = deliver;
  }

  /** For one process; `live` keeps answers from one that is gone. */
  client(live: <Result>(promise: Promise<Result>) => Promise<Result>): EventBridgeClient {
    const client = clientOf(this.name);
    client.answer = (entries) => live(this.#put(entries));
    return client;
  }

  async #put(entries: readonly Entry[]): Promise<object> {
    const kernel = this.#kernel;
    if (kernel.isClogged('bus') || kernel.fault('bus.hang')) {
      await kernel.sleep(HANG_MS);
      throw new AwsFault('TimeoutError');
    }
    await kernel.sleep(kernel.between(2, 15));
    if (kernel.fault('bus.throttled')) throw new AwsFault('ThrottlingException');
    if (kernel.fault('bus.reset')) throw new AwsFault('ECONNRESET');
    const failing = kernel.draws('bus.partial') ? new Set([...entries.keys()].filter(() => kernel.chance(0.5))) : new Set<number>();
    if (failing.size > 0) kernel.hit('bus.partial');
    const answers = entries.map((entry, index) => {
      if (failing.has(index)) return { ErrorCode: 'InternalFailure', ErrorMessage: 'Try again.' };
      const { eventId, eventType } = JSON.parse(entry.Detail) as { eventId: string; eventType: string };
      this.taken.set(eventId, (this.taken.get(eventId) ?? 0) + 1);
      kernel.note(`${this.name} takes ${eventType}`);
      this.#deliver(entry);
      return { EventId: eventId };
    });
    if (failing.size < entries.length && kernel.fault('bus.error_after')) throw new AwsFault('InternalException');
    return { FailedEntryCount: failing.size, Entries: answers };
  }
}
